"""What changes from one plan to another: pure, so that pages and comparisons say the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEPT, ADDED, REMOVED, CHANGED = "", "new", "gone", "changed"


@dataclass(frozen=True)
class PlanChange:
    """One named value on both sides, as text; empty where a side lacks it."""

    name: str
    old: str
    new: str

    @property
    def kind(self) -> str:
        """Return what happens to it, in a word; empty when it stays."""
        if self.old == self.new:
            return KEPT
        return CHANGED if self.old and self.new else ADDED if self.new else REMOVED


def images(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return (role, image now or None, image then) for each role of a plan."""
    before = (old or {}).get("images", {})
    return [(role, before.get(role), image) for role, image in new["images"].items()]


def variables(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[PlanChange]:
    """Return the plain variables; their values are no secrets."""
    return _compared((old or {}).get("variables", {}), new["variables"])


def secrets(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[PlanChange]:
    """Return the secrets by name with their versions."""
    return _compared(_versions(old or {}), _versions(new))


def sizes(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[PlanChange]:
    """Return how many instances of which size."""
    return _compared(_sizes(old) if old else {}, _sizes(new))


def side_by_side(left: Mapping[str, str], right: Mapping[str, str]) -> list[PlanChange]:
    """Return two sets of named values side by side, in the order of the left one."""
    return [
        PlanChange(name, left.get(name, ""), right.get(name, ""))
        for name in dict.fromkeys([*left, *right])
    ]


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PlanChange]:
    return [
        PlanChange(name, str(old.get(name, "")), str(new.get(name, "")))
        for name in sorted({*old, *new})
    ]


def _versions(plan: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: f"version {one['version']}" for one in plan.get("secrets", [])}


def _sizes(plan: Mapping[str, Any]) -> dict[str, str]:
    place = plan["place"]
    shape = place["shape"]
    return {
        role: f"{number} x {shape['ocpus'][role]} OCPU, {shape['memory_gb'][role]} GB "
        f"({shape['name']})"
        for role, number in place["counts"].items()
    }
