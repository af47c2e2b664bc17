"""What to do about one resource: its wanted and its actual side compared. Pure."""

from dataclasses import replace

from environments.desired import Actual, Desired, Difference, differences
from environments.kinds import KINDS
from environments.kinds.kind import Kind, Recoverable
from environments.kinds.states import is_broken, is_dying
from environments.kinds.update_cost import LOSS, UpdateCost
from environments.reconcile.change import TAKES_AWAY, Change

ELSEWHERE = (
    "It stands in another compartment than the environment's, where its policies do not reach it: "
    "containers and deployers have no rights to it there."
)


def decide(
    raw: Desired,
    want: Desired,
    found: Actual | None,
    remembered: str,
    chosen: str,
    whole: Actual | None = None,
) -> Change:
    """Return what a plan does about one resource, and why.

    `raw` is what the blueprint wants, `want` the same with its references filled in; `remembered`
    is the OCID that the portal knows it by, `chosen` the one that a person chose to adopt, `whole`
    what it is a part of.
    """
    kind = KINDS[want.kind]
    clash = kind.clash(want, whole) if whole else ""
    if clash and (found is None or differences(want.fields, found.wire)):
        return Change(raw, "refuse", clash, ocid=found.ocid if found else "")
    if found is None:
        gone = f"It no longer exists in OCI (it was {remembered})."
        absent = gone if remembered else "It does not exist yet."
        if kind.created_by_hint:
            return Change(raw, "refuse", f"{absent} {kind.created_by_hint}")
        return _with_costs(Change(raw, "create", absent), tuple(kind.costs_of_creation(want)))
    why = _refusal(kind, want, found, {remembered, chosen})
    if why:
        return Change(raw, "refuse", why, ocid=found.ocid)
    change = _compare(raw, want, found, remembered=remembered, chosen=chosen)
    change = _with_costs(change, _costs(kind, found, change))
    by_hand = tuple(kind.set_by_hand(want, found)) if change.action != "refuse" else ()
    if by_hand:
        change = _with_by_hand(change, by_hand)
    if not kind.needs_attention(found.state):
        return change
    words = kind.state_words(found.name, found.state)
    if change.action == "attention":
        words = f"{words} {change.reason}"
    if change.action in ("nothing", "attention"):
        return replace(change, action="attention", reason=words, state=found.state)
    action = "refuse" if found.state.upper() in kind.no_change_in else change.action
    return replace(change, action=action, reason=f"{change.reason} {words}", state=found.state)


def _with_costs(change: Change, costs: tuple[UpdateCost, ...]) -> Change:
    """Add what the change costs; one that ends something is called nothing else."""
    ends = change.action in ("create", "update", "adopt") and any(cost.takes_away for cost in costs)
    return replace(change, action=TAKES_AWAY if ends else change.action, costs=costs)


def _costs(kind: Kind, found: Actual, change: Change) -> tuple[UpdateCost, ...]:
    """Return what the change costs; recreating what holds data is always a loss, shown in red."""
    if change.action in ("update", "adopt"):
        return tuple(kind.costs_of_update(found, change.differences))
    if change.action == "replace" and kind.holds_data:
        return (UpdateCost(LOSS, kind.loss or "What it holds is lost."),)
    return ()


def _with_by_hand(change: Change, by_hand: tuple[Difference, ...]) -> Change:
    """Add the fields that were changed outside the portal and that no setting names."""
    names = ", ".join(one.field for one in by_hand)
    words = (
        f"Changed outside the portal: {names}. No setting names that, so no plan reverts it: "
        "change it back in the OCI console, or leave it."
    )
    if "compartmentId" in names.split(", "):
        words = f"{words} {ELSEWHERE}"
    if change.action == "nothing":
        return replace(change, action="attention", reason=words, by_hand=by_hand)
    return replace(change, reason=f"{change.reason} {words}", by_hand=by_hand)


def _compare(raw: Desired, want: Desired, found: Actual, *, remembered: str, chosen: str) -> Change:
    kind = KINDS[want.kind]
    differing = tuple(differences(want.fields, found.wire))
    if is_broken(found.state):
        why = f"OCI says that it is {found.state}, and nothing is lost with it."
        return Change(raw, "replace", why, differing, found.ocid)
    if is_dying(found.state):
        when = scheduled_for(found)
        unusable = f"Its deletion is scheduled{when}, so it cannot be used."
        why = f"{unusable} The portal cancels the deletion."
        return Change(raw, "update", why, differing, found.ocid)
    if differing:
        change = _changed(kind, raw, found, differing, remembered=remembered, chosen=chosen)
        return replace(change, reason=f"{change.reason} {kind.remark(want, found)}".strip())
    if remembered != found.ocid:
        why = "It exists and carries the portal's tags, but the portal did not know it."
        return Change(raw, "adopt", why, ocid=found.ocid)
    why = f"It matches the settings. {kind.remark(want, found)}".strip()
    return Change(raw, "nothing", why, ocid=found.ocid)


def _refusal(kind: Kind, want: Desired, found: Actual, known: set[str]) -> str:
    # The tags of what is ours were removed, or a person chose what never had any: the change sets
    # them.
    stripped = found.ocid in known and not found.owner
    if kind.tagged and not stripped and not found.is_ours(want):
        return (
            f"{found.name} exists and {found.whose}. To let the portal adopt it, tag it "
            f"freeform portal-environment={want.owner} and portal-key={want.key}; "
            "otherwise rename it. "
            f"{kind.foreign_hint(want, found)}"
        ).strip()
    if found.twins:
        ocids = ", ".join((found.ocid, *found.twins))
        return (
            f"Several resources carry the portal's tags for it: {ocids}. "
            "Take the tag portal-key off all but the right one."
        )
    if is_dying(found.state) and not isinstance(kind, Recoverable):
        return (
            f"{found.name} is scheduled for deletion, and its name stays taken. "
            "Cancel the deletion in OCI, then plan again."
        )
    if is_broken(found.state) and (kind.holds_data or not kind.replaceable):
        return _broken(kind, found)
    return ""


def _broken(kind: Kind, found: Actual) -> str:
    """Say what to do about what OCI gave up on; what may hold data is never to be deleted."""
    said = f"OCI says that {found.name} is {found.state}."
    if kind.holds_data:
        return (
            f"{said} It may hold data, so the portal leaves it as it is. Read the message on its "
            "page in the OCI console and ask Oracle support what can be recovered."
        )
    return f"{said} Look at it in the OCI console; delete it there to have it recreated."


def _changed(
    kind: Kind,
    raw: Desired,
    found: Actual,
    differing: tuple[Difference, ...],
    *,
    remembered: str,
    chosen: str,
) -> Change:
    names = ", ".join(difference.field for difference in differing)
    fixed = ", ".join(one.field for one in differing if one.field not in kind.in_place)
    if fixed:
        why = f"OCI cannot change {fixed} of a {kind.name} in place"
        if kind.replaceable:
            return Change(raw, "replace", f"{why}.", differing, found.ocid)
        why = f"{why}, and a new one would lose its contents. {kind.cannot_change_hint}"
        return Change(raw, "refuse", why, differing, found.ocid)
    if found.ocid == chosen != remembered:
        why = f"It was chosen by hand. The portal sets {names}."
        return Change(raw, "adopt", why, differing, found.ocid)
    adopted = "" if remembered == found.ocid else " The portal takes it over first."
    why = f"OCI shows another value for {names}.{adopted}"
    return Change(raw, "update", why, differing, found.ocid)


def scheduled_for(found: Actual) -> str:
    """Return the day of its scheduled deletion, as words end with it; empty while unknown."""
    day = str(found.facts.get("timeOfDeletion") or "")[:10]
    return f" for {day}" if day else ""
