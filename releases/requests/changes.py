"""What changes from one plan to another: pure, so that pages and comparisons say the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from releases.requests.plan import ImageName, LiveRelease, ReleasePlan

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


def images(
    old: LiveRelease | None, new: ReleasePlan
) -> list[tuple[str, ImageName | None, ImageName]]:
    """Return (role, image now or None, image then) for each role of a plan."""
    before = old.images if old else {}
    return [(role, before.get(role), image) for role, image in new.images.items()]


def variables(old: ReleasePlan | None, new: ReleasePlan) -> list[PlanChange]:
    """Return the plain variables; their values are no secrets."""
    return _compared(old.variables if old else {}, new.variables)


def secrets(old: ReleasePlan | None, new: ReleasePlan) -> list[PlanChange]:
    """Return the secrets by name with their versions."""
    return _compared(_versions(old or ReleasePlan()), _versions(new))


def sizes(old: ReleasePlan | None, new: ReleasePlan) -> list[PlanChange]:
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


def _versions(plan: ReleasePlan) -> dict[str, str]:
    return {one.name: f"version {one.version}" for one in plan.secrets}


def _sizes(plan: ReleasePlan) -> dict[str, str]:
    place, shape = plan.place, plan.place.shape
    return {
        role: f"{number} x {shape.ocpus[role]} OCPU, {shape.memory_gb[role]} GB ({shape.name})"
        for role, number in place.counts.items()
    }
