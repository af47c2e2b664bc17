"""The plan that takes an environment down: what is deleted, what stays and why. Pure: no
database, no cloud.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from environments.desired import SHARED, Actual, Desired, refs
from environments.kinds import KINDS
from environments.kinds.kind import Kind, Recoverable
from environments.kinds.states import is_dying
from environments.kinds.update_cost import LOSS, UpdateCost
from environments.reconcile.change import Change
from environments.reconcile.decide import scheduled_for
from environments.reconcile.graph import in_order

STAYS = (
    "It is kept, empty except for what OCI keeps until its deletion date; the next apply uses it "
    "again. To remove it too, delete it in the OCI console after the last of these days."
)


@dataclass(frozen=True, slots=True)
class Removal(Change):
    """What a plan says about one resource of an environment that is destroyed."""

    whole: str = ""  # key of what it is deleted together with
    empties: bool = False  # what it holds is deleted first

    def as_json(self) -> dict[str, Any]:
        """Return it as it is frozen into the plan's row."""
        return {**Change.as_json(self), "whole": self.whole, "empties": self.empties}

    def for_job(self) -> dict[str, Any]:
        """Return it as it is frozen into the order of a job."""
        own = {"needs": list(self.needs), "whole": self.whole, "empties": self.empties}
        return {**Change.for_job(self), **own}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read it back from a plan's row or from the order of a job."""
        made = super(Removal, cls).from_json(value)
        return replace(made, whole=value.get("whole", ""), empties=value.get("empties", False))

    @property
    def calls(self) -> bool:
        """Say whether it takes a step of its own."""
        return self.action in ("delete", "schedule") and not self.whole


def teardown(
    blueprint: Sequence[Desired],
    observed: Mapping[str, Actual | None],
    held: Mapping[str, int],
    *,
    empty: bool,
) -> list[Removal]:
    """Say of each resource whether it goes; `held` counts what is in those that hold
    something, `empty` lets it be deleted.
    """
    found = {
        want.key: _decide(want, observed.get(want.key), held.get(want.key, 0), empty=empty)
        for want in blueprint
    }
    _guard(found, held)
    found = {key: _with_its_whole(removal, found) for key, removal in found.items()}
    for key in reversed(in_order({want.key: want.all_needs() for want in blueprint})):
        for need in found[key].want.all_needs() & found.keys():
            if (
                found[key].action in ("keep", "refuse")
                and found[key].want.owner != SHARED
                and found[need].calls
            ):
                found[need] = replace(
                    found[need], action="keep", reason=f"{key} is kept and needs it.", empties=False
                )
    return [_completed(_with_its_whole(found[want.key], found)) for want in blueprint]


def _completed(removal: Removal) -> Removal:
    """Add what it needs to exist, and what deleting it usually takes."""
    needs = tuple(sorted(removal.want.all_needs()))
    return replace(removal, needs=needs, seconds=5 if removal.calls else 0)


def in_reverse(removals: Sequence[Removal]) -> dict[str, list[str]]:
    """Return for each resource that takes a step those whose steps come first: everything
    that needs it.
    """
    going = {removal.want.key: removal for removal in removals if removal.calls}
    before: dict[str, list[str]] = {key: [] for key in going}
    for removal in removals:
        last = (
            removal.whole if removal.whole in going else removal.want.key
        )  # a part goes in the step of its whole
        for need in removal.want.all_needs():
            if need in going and last in going and need != last and last not in before[need]:
                before[need].append(last)
    return before


def _decide(want: Desired, found: Actual | None, held: int, *, empty: bool) -> Removal:
    kind = KINDS[want.kind]
    if found is None:
        return Removal(want, "nothing", "It does not exist.")
    stays = _stays(kind, want, found)
    if stays:
        return Removal(want, "keep", stays, ocid=found.ocid)
    if is_dying(found.state):
        return Removal(
            want,
            "nothing",
            f"Its deletion is already scheduled{scheduled_for(found)}.",
            ocid=found.ocid,
        )
    if kind.deletion_blocker(found):
        return Removal(want, "refuse", kind.deletion_blocker(found), ocid=found.ocid)
    if held and not empty:
        how = "Empty it, or let the plan empty it: its contents are then lost."
        return Removal(want, "refuse", f"It is not empty. {how}", ocid=found.ocid)
    if isinstance(kind, Recoverable):
        return Removal(want, "schedule", _waits(kind), ocid=found.ocid)
    why = (
        "It is emptied first: its contents are lost."
        if held
        else "It belongs to this environment only."
    )
    costs = (UpdateCost(LOSS, kind.loss),) if kind.loss else ()
    return Removal(want, "delete", why, ocid=found.ocid, costs=costs, empties=bool(held))


def _stays(kind: Kind, want: Desired, found: Actual) -> str:
    """Return why it is not touched; nothing when it goes."""
    if want.owner == SHARED:
        return "All environments share it."
    if kind.tagged and not found.is_ours(want):
        return f"It {found.whose}."
    return STAYS if want.key == "compartment" else ""


def _waits(kind: Recoverable) -> str:
    days = f"{kind.waiting_days} day{'s' if kind.waiting_days > 1 else ''}"
    return (
        f"Unreadable at once, deleted by OCI after at least {days}: "
        "until then its name stays taken, and a plan can restore it."
    )


def _guard(found: dict[str, Removal], held: Mapping[str, int]) -> None:
    """Keep what a rule of its own protects, as long as there is something in it."""
    for key, removal in list(found.items()):
        guarded = _whole(removal, KINDS[removal.want.kind].protects, found) if removal.ocid else ""
        if guarded and held.get(guarded) and found[guarded].ocid:
            why = f"{key} protects its contents from deletion."
            found[guarded] = replace(found[guarded], action="keep", reason=why, empties=False)


def _with_its_whole(removal: Removal, all_of_them: Mapping[str, Removal]) -> Removal:
    """Let a part go, or stay, with what it is a part of."""
    kind = KINDS[removal.want.kind]
    key = _whole(removal, kind.deleted_with or kind.protects, all_of_them)
    if not key or removal.action not in ("delete", "schedule"):
        return removal
    whole = all_of_them[key]
    if whole.action != "delete":
        return replace(
            removal, action="keep", reason=f"It is kept with {whole.want.name}.", whole=""
        )
    return (
        replace(removal, reason=f"It is deleted with {whole.want.name}.", whole=key)
        if kind.deleted_with
        else removal
    )


def _whole(removal: Removal, kind: str, all_of_them: Mapping[str, Removal]) -> str:
    """Return the key of the resource of that kind in which this one stands."""
    places = (ref for ref in sorted(refs(removal.want.place)) if ref in all_of_them)
    return next((ref for ref in places if kind and all_of_them[ref].want.kind == kind), "")
