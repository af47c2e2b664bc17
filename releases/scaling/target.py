"""The target of a change of scale: its boundaries, what it takes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

ROLES = ("api", "worker")
NAMES = {"api": "API instances", "worker": "workers"}


@dataclass(frozen=True)
class Size:
    """How many instances of a role, and how large each is."""

    instances: int
    ocpus: int
    memory_gb: int


@dataclass(frozen=True)
class Bounds:
    """What the environment allows: counts by role, the size of one instance."""

    least: Mapping[str, int]
    most: Mapping[str, int]
    ocpus: int
    memory_gb: int


@dataclass(frozen=True)
class RoleChange:
    """What the target takes for one role: how many to start, which to remove."""

    start: int
    remove: list[Any]


Target = Mapping[str, Size]


def read(value: Mapping[str, Any]) -> Target:
    """Return the target from a form or REST body: {"api_instances": "2", ...}."""
    return {
        role: Size(*(int(value[f"{role}_{name}"]) for name in ("instances", "ocpus", "memory_gb")))
        for role in ROLES
    }


def settings(target: Target) -> dict[str, int]:
    """Return the target as the environment's settings."""
    return {
        f"{role}_{name}": value
        for role, size in target.items()
        for name, value in asdict(size).items()
    }


def problems(target: Target, bounds: Bounds) -> list[str]:
    """Return every boundary that the target breaks, with the boundary."""
    found: list[str] = []
    for role, size in target.items():
        least, most = bounds.least[role], bounds.most[role]
        if not least <= size.instances <= most:
            found.append(f"{NAMES[role]}: {size.instances} is not from {least} to {most}")
        if not 1 <= size.ocpus <= bounds.ocpus:
            found.append(f"{NAMES[role]}: {size.ocpus} OCPUs is not from 1 to {bounds.ocpus}")
        if not 1 <= size.memory_gb <= bounds.memory_gb:
            found.append(f"{NAMES[role]}: {size.memory_gb} GB is not from 1 to {bounds.memory_gb}")
        if size.memory_gb > 64 * size.ocpus:  # of OCI: 64 GB per OCPU (facts/oci.md section 6)
            found.append(
                f"{NAMES[role]}: {size.memory_gb} GB takes more than {size.ocpus} OCPUs: at most "
                "64 GB each"
            )
    return found


def work(now: Size, wanted: Size, instances: Sequence[Any]) -> RoleChange:
    """Return what it takes: another size means all new instances, for OCI changes none in place.

    Otherwise the newest are removed.
    """
    if (now.ocpus, now.memory_gb) != (wanted.ocpus, wanted.memory_gb):
        return RoleChange(wanted.instances, list(instances))
    if wanted.instances >= len(instances):
        return RoleChange(wanted.instances - len(instances), [])
    return RoleChange(0, list(instances[wanted.instances :]))


def describe(role: str, change: RoleChange) -> str:
    """Say what is done for a role."""
    parts = [f"start {change.start}"] if change.start else []
    parts += [f"drain and remove {len(change.remove)}"] if change.remove else []
    return f"{NAMES[role]}: {', then '.join(parts) or 'nothing'}"
