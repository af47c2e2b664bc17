"""What somebody wants to run, whether the boundaries allow it, and what that takes: pure, tested as a table."""

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
    """What the environment allows: the fewest and most instances by role, the most OCPUs and GB of one instance."""

    least: Mapping[str, int]
    most: Mapping[str, int]
    ocpus: int
    memory_gb: int


@dataclass(frozen=True)
class Work:
    """What it takes for one role: how many to start, which to remove."""

    start: int
    remove: list[Any]


Wish = Mapping[str, Size]


def read(value: Any) -> Wish:
    """Return the wish from a form or a REST body of whole numbers, such as {"api_instances": "2", ...}."""
    return {role: Size(*(int(value[f"{role}_{name}"]) for name in ("instances", "ocpus", "memory_gb"))) for role in ROLES}


def settings(wish: Wish) -> dict[str, int]:
    """Return the wish as the environment's settings."""
    return {f"{role}_{name}": value for role, size in wish.items() for name, value in asdict(size).items()}


def problems(wish: Wish, bounds: Bounds) -> list[str]:
    """Return every boundary that the wish breaks, with the boundary."""
    found: list[str] = []
    for role, size in wish.items():
        least, most = bounds.least[role], bounds.most[role]
        if not least <= size.instances <= most:
            found.append(f"{NAMES[role]}: {size.instances} is not from {least} to {most}")
        if not 1 <= size.ocpus <= bounds.ocpus:
            found.append(f"{NAMES[role]}: {size.ocpus} OCPUs is not from 1 to {bounds.ocpus}")
        if not 1 <= size.memory_gb <= bounds.memory_gb:
            found.append(f"{NAMES[role]}: {size.memory_gb} GB is not from 1 to {bounds.memory_gb}")
        if size.memory_gb > 64 * size.ocpus:  # of OCI: 64 GB per OCPU (facts/oci.md section 6)
            found.append(f"{NAMES[role]}: {size.memory_gb} GB takes more than {size.ocpus} OCPUs: at most 64 GB each")
    return found


def work(role: str, now: Size, wanted: Size, standing: Sequence[Any]) -> Work:
    """Return what it takes: another size means all new instances, for OCI cannot change one in place; else the newest go."""
    if (now.ocpus, now.memory_gb) != (wanted.ocpus, wanted.memory_gb):
        return Work(wanted.instances, list(standing))
    if wanted.instances >= len(standing):
        return Work(wanted.instances - len(standing), [])
    return Work(0, list(standing[wanted.instances :]))


def words(role: str, work: Work) -> str:
    """Say what is done for a role."""
    parts = [f"start {work.start}"] if work.start else []
    parts += [f"drain and remove {len(work.remove)}"] if work.remove else []
    return f"{NAMES[role]}: {', then '.join(parts) or 'nothing'}"
