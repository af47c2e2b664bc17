"""What to do about one resource: its wanted and its actual side compared. Pure."""

from dataclasses import replace

from environments.desired import Actual, Desired, Difference, differences
from environments.kinds import KINDS
from environments.kinds.kind import Kind, Recoverable
from environments.kinds.states import is_broken, is_dying
from environments.reconcile.change import Change


def decide(
    raw: Desired, want: Desired, found: Actual | None, remembered: str, chosen: str
) -> Change:
    kind = KINDS[want.kind]
    if found is None:
        gone = f"It no longer exists in OCI (it was {remembered})."
        absent = gone if remembered else "It does not exist yet."
        if kind.created_by_hint:
            return Change(raw, "refuse", f"{absent} {kind.created_by_hint}")
        return Change(raw, "create", absent)
    why = _refusal(kind, want, found, {remembered, chosen})
    if why:
        return Change(raw, "refuse", why, ocid=found.ocid)
    differing = tuple(differences(want.fields, found.wire))
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
    # Somebody removed the tags of what is ours, or a person chose what never had any: the change
    # sets them.
    stripped = found.ocid in known and not found.owner
    if kind.tagged and not stripped and not found.is_ours(want):
        return (
            f"{found.name} exists and {found.whose}. To let the portal adopt it, tag it "
            f"freeform portal-environment={want.owner} and portal-key={want.key}; "
            "otherwise rename or remove it. "
            f"{kind.foreign_hint(want, found)}"
        ).strip()
    if found.twins:
        ocids = ", ".join((found.ocid, *found.twins))
        return f"Several resources carry the portal's tags for it: {ocids}. Remove all but one."
    if is_dying(found.state) and not isinstance(kind, Recoverable):
        return (
            f"{found.name} is scheduled for deletion, and its name stays taken. "
            "Cancel the deletion in OCI, then plan again."
        )
    if is_broken(found.state) and not kind.replaceable:
        return (
            f"OCI says that {found.name} is {found.state}. Look at it in the OCI console; "
            "delete it there to have it recreated."
        )
    return ""


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
