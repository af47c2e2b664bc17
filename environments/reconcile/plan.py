"""The plan: what to do so that OCI becomes what is wanted. Pure: no database, no cloud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from environments.desired import Desired, Difference, Found, differences, refs
from environments.kinds import KINDS
from environments.kinds.kind import Kind, Recoverable
from environments.kinds.states import is_broken, is_dying
from environments.reconcile.graph import in_order, longest_path
from portal.lib.canonical import digest
from portal.lib.redact import masked

LATER = "known after apply"


@dataclass(frozen=True, slots=True)
class Change:
    """What the plan says about one resource: an action, why, and what exactly differs."""

    want: Desired
    action: str  # create, update, replace, adopt, refuse, nothing
    reason: str
    differences: tuple[Difference, ...] = ()
    ocid: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is frozen into the plan's row, secret-looking values masked."""
        kind = KINDS[self.want.kind]
        return {
            "key": self.want.key,
            "kind": kind.name,
            "group": kind.group,
            "name": self.want.name,
            "action": self.action,
            "reason": self.reason,
            "ocid": self.ocid,
            "needs": sorted(self.want.all_needs()),
            "seconds": seconds(self),
            "differences": [_difference(difference) for difference in self.differences],
            "desired": self.want.as_json(),
        }


def plan(
    blueprint: Sequence[Desired],
    observed: Mapping[str, Found | None],
    remembered: Mapping[str, str],
    chosen: Mapping[str, str] | None = None,
) -> list[Change]:
    """Compare what is wanted with what is there.

    `remembered` are the OCIDs of what the portal manages already, `chosen` those of untagged resources that a person wants
    adopted.
    """
    chosen = chosen or {}
    by_key = {want.key: want for want in blueprint}
    changes: dict[str, Change] = {}

    def known(key: str, fact: str) -> Any:
        found = None if key in changes and changes[key].action == "replace" else observed.get(key)
        return None if found is None else found.facts.get(fact) if fact else found.ocid

    for key in in_order({key: want.all_needs() for key, want in by_key.items()}):
        want = by_key[key].resolved(known)
        changes[key] = _decide(by_key[key], want, observed.get(key), remembered.get(key, ""), chosen.get(key, ""))
    referred = {need for want in blueprint for need in refs(want.place) | refs(want.fields)}
    return [_without_dependents(changes[want.key], referred) for want in blueprint]


def seconds(change: Change) -> int:
    """Return what a change usually takes."""
    usual = KINDS[change.want.kind].seconds
    return {"create": usual, "replace": usual + 5, "update": min(usual, 5), "adopt": 1}.get(change.action, 0)


def estimate(rows: Sequence[Mapping[str, Any]]) -> int:
    """Return what the slowest chain of changes usually takes; of changes as they are frozen into a plan."""
    return longest_path({row["key"]: row["needs"] for row in rows}, {row["key"]: row["seconds"] for row in rows})


def plan_digest(environment: str, changes: Sequence[Change]) -> str:
    """Return the digest of all that an apply of this plan would do."""
    rows = [change.as_json() for change in changes]
    # How long things took lately changes nothing of what is done.
    return digest({"environment": environment, "changes": [{**row, "seconds": 0} for row in rows]})


def desired_digest(blueprint: Sequence[Desired]) -> str:
    """Return the digest of what is wanted."""
    return digest([want.as_json() for want in blueprint])


def observed_digest(blueprint: Sequence[Desired], observed: Mapping[str, Found | None]) -> str:
    """Return the digest of what is there, as far as the blueprint speaks of it: what moves by itself does not count."""
    return digest({want.key: _standing(want, observed.get(want.key)) for want in blueprint})


def _decide(raw: Desired, want: Desired, found: Found | None, remembered: str, chosen: str) -> Change:
    kind = KINDS[want.kind]
    if found is None:
        absent = f"It is gone from OCI (it was {remembered})." if remembered else "It does not exist yet."
        return Change(raw, "refuse", f"{absent} {kind.made_elsewhere}") if kind.made_elsewhere else Change(raw, "create", absent)
    why = _refusal(kind, want, found, {remembered, chosen})
    if why:
        return Change(raw, "refuse", why, ocid=found.ocid)
    differing = tuple(differences(want.fields, found.wire))
    if is_dying(found.state):
        day = str(found.facts.get("timeOfDeletion") or "")[:10]
        why = f"Its deletion is scheduled{f' for {day}' if day else ''}, so it cannot be used. The portal cancels the deletion."
        return Change(raw, "update", why, differing, found.ocid)
    if differing:
        change = _changed(kind, raw, found, differing, remembered=remembered, chosen=chosen)
        return replace(change, reason=f"{change.reason} {kind.remark(want, found)}".strip())
    if remembered != found.ocid:
        return Change(
            raw, "adopt", "It exists and carries the portal's tags, but the portal did not know of it.", ocid=found.ocid
        )
    return Change(raw, "nothing", f"It is as it should be. {kind.remark(want, found)}".strip(), ocid=found.ocid)


def _refusal(kind: Kind, want: Desired, found: Found, known: set[str]) -> str:
    # Somebody took the tags off what we made, or a person chose what never had any: the change puts them on.
    stripped = found.ocid in known and not found.owner
    if kind.tagged and not stripped and not found.is_ours(want):
        whose = f"belongs to {found.owner}:{found.key}" if found.owner else "does not carry the portal's tags"
        return (
            f"{found.name} exists and {whose}. To let the portal take it over, tag it freeform "
            f"portal-environment={want.owner} and portal-key={want.key}; else rename or remove it. {kind.stranger(want, found)}"
        ).strip()
    if found.twins:
        return f"Several resources carry the portal's tags for it: {found.ocid}, {', '.join(found.twins)}. Remove all but one."
    if is_dying(found.state) and not isinstance(kind, Recoverable):
        return f"{found.name} is scheduled for deletion, and its name stays taken. Cancel the deletion in OCI, then plan again."
    if is_broken(found.state) and not kind.replaceable:
        return (
            f"OCI says that {found.name} is {found.state}. Look at it in the OCI console; delete it there to have it made anew."
        )
    return ""


def _changed(
    kind: Kind, raw: Desired, found: Found, differing: tuple[Difference, ...], *, remembered: str, chosen: str
) -> Change:
    names = ", ".join(difference.field for difference in differing)
    fixed = [difference.field for difference in differing if difference.field not in kind.in_place]
    if not fixed and found.ocid == chosen != remembered:
        return Change(raw, "adopt", f"A person chose it for this. The portal sets {names}.", differing, found.ocid)
    if not fixed:
        adopted = "" if remembered == found.ocid else " The portal takes it over first."
        return Change(raw, "update", f"OCI shows another value for {names}.{adopted}", differing, found.ocid)
    if kind.replaceable:
        return Change(raw, "replace", f"OCI cannot change {', '.join(fixed)} of a {kind.name} in place.", differing, found.ocid)
    why = f"OCI cannot change {', '.join(fixed)} of a {kind.name} in place, and a new one would lose what is in it."
    return Change(raw, "refuse", f"{why} {kind.instead}", differing, found.ocid)


def _without_dependents(change: Change, referred: set[str]) -> Change:
    """Refuse to replace what others refer to: they would have to go first."""
    if change.action != "replace" or change.want.key not in referred:
        return change
    return Change(change.want, "refuse", f"{change.reason} Other resources refer to it.", change.differences, change.ocid)


def _standing(want: Desired, found: Found | None) -> Any:
    if found is None:
        return None
    fields = {name: _plain(found.wire.get(name)) for name in want.fields}
    return [found.ocid, found.owner, found.key, is_dying(found.state), is_broken(found.state), fields]


def _plain(value: Any) -> Any:
    """Return a value without floats and without the order of lists, which OCI does not keep."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items() if name not in ("timeCreated", "id", "backends")}
    if isinstance(value, list):
        return sorted((_plain(item) for item in value), key=repr)
    return value


def _difference(found: Difference) -> dict[str, Any]:
    """Return a difference for the page, a secret masked by the name of its field too."""
    name = found.field
    return {"field": name, "want": masked(name, _shown(found.want)), "have": masked(name, _shown(found.have))}


def _shown(value: Any) -> Any:
    """Return a wanted or found value for the page: references to what is not there yet in words."""
    if isinstance(value, str):
        return f"{value} ({LATER})" if refs(value) else value
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    return repr(value) if isinstance(value, float) else value
