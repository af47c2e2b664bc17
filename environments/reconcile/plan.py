"""The plan: what to do so that OCI becomes what is wanted. Pure: no database, no cloud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from environments.desired import Actual, Desired, Difference, differences, fact_of, refs
from environments.kinds import KINDS
from environments.kinds.kind import Kind, Recoverable
from environments.kinds.states import is_broken, is_dying
from environments.reconcile.differences import ValueChange, value_changes
from environments.reconcile.graph import in_order, longest_path
from portal.lib.canonical import digest
from portal.lib.redact import masked

LATER = "(known after apply)"
OTHER_GROUP = "Delivery"  # of what is no resource of the blueprint: containers of releases


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan says about one resource: an action, why, and what exactly differs.

    `whole` and `empties` belong to a plan that destroys; `needs` are the keys that come before it.
    """

    want: Desired
    action: str  # create, update, replace, adopt, delete, schedule, refuse, keep, nothing
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    ocid: str = ""
    needs: tuple[str, ...] = ()
    seconds: int = 0  # that it usually takes

    @property
    def key(self) -> str:
        """Return the key of the resource."""
        return self.want.key

    @property
    def name(self) -> str:
        """Return the resource's name in OCI."""
        return self.want.name

    @property
    def kind(self) -> str:
        """Return the words for its kind."""
        return KINDS[self.want.kind].name if self.want.kind in KINDS else self.want.kind

    @property
    def group(self) -> str:
        """Return the section of pages that its kind belongs to."""
        return KINDS[self.want.kind].group if self.want.kind in KINDS else OTHER_GROUP

    @property
    def values(self) -> list[ValueChange]:
        """Return its differences broken down to the values that differ."""
        return [one for found in self.differences for one in value_changes(found)]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is frozen into the plan's row, secret-looking values masked."""
        return {
            "key": self.key,
            "kind": self.kind,
            "group": self.group,
            "name": self.name,
            "action": self.action,
            "reason": self.reason,
            "ocid": self.ocid,
            "needs": list(self.needs),
            "seconds": self.seconds,
            "differences": [_difference(difference) for difference in self.differences],
            "desired": self.want.as_json() if self.want.kind in KINDS else {},
        }

    def for_job(self) -> dict[str, Any]:
        """Return it as it is frozen into the order of a job."""
        whole = self.as_json()
        return {name: whole[name] for name in ("key", "kind", "name", "action", "ocid", "desired")}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read it back from a plan's row or from the order of a job."""
        wanted = value["desired"]
        return cls(
            want=(
                Desired.from_json(wanted)
                if wanted
                else Desired(value["key"], value["kind"], value["name"])
            ),
            action=value["action"],
            reason=value.get("reason", ""),
            differences=tuple(Difference(**one) for one in value.get("differences", ())),
            ocid=value["ocid"],
            needs=tuple(value.get("needs", ())),
            seconds=value.get("seconds", 0),
        )


def plan(
    blueprint: Sequence[Desired],
    observed: Mapping[str, Actual | None],
    remembered: Mapping[str, str],
    chosen: Mapping[str, str] | None = None,
) -> list[Change]:
    """Compare what is wanted with what is there.

    `remembered` are the OCIDs of what the portal manages already, `chosen` those of untagged
    resources that a person wants adopted.
    """
    chosen = chosen or {}
    by_key = {want.key: want for want in blueprint}
    changes: dict[str, Change] = {}

    def look_up(key: str, fact: str) -> Any:
        recreated = key in changes and changes[key].action == "replace"
        return None if recreated else fact_of(observed.get(key), fact)

    for key in in_order({key: want.all_needs() for key, want in by_key.items()}):
        want = by_key[key].resolved(look_up)
        changes[key] = _decide(
            by_key[key], want, observed.get(key), remembered.get(key, ""), chosen.get(key, "")
        )
    referred = {need for want in blueprint for need in refs(want.place) | refs(want.fields)}
    return [_completed(_without_dependents(changes[want.key], referred)) for want in blueprint]


def _completed(change: Change) -> Change:
    """Add what it needs and what it usually takes."""
    usual = KINDS[change.want.kind].usual_seconds
    times = {"create": usual, "replace": usual + 5, "update": min(usual, 5), "adopt": 1}
    needs = tuple(sorted(change.want.all_needs()))
    return replace(change, needs=needs, seconds=times.get(change.action, 0))


def estimate(changes: Sequence[Change]) -> int:
    """Return the seconds that the slowest chain of changes usually takes."""
    needs = {change.key: change.needs for change in changes}
    return longest_path(needs, {change.key: change.seconds for change in changes})


def plan_digest(environment: str, changes: Sequence[Change]) -> str:
    """Return the digest of all that an apply of this plan would do."""
    rows = [change.as_json() for change in changes]
    # How long things took lately changes nothing of what is done.
    return digest({"environment": environment, "changes": [{**row, "seconds": 0} for row in rows]})


def desired_digest(blueprint: Sequence[Desired]) -> str:
    """Return the digest of what is wanted."""
    return digest([want.as_json() for want in blueprint])


def observed_digest(blueprint: Sequence[Desired], observed: Mapping[str, Actual | None]) -> str:
    """Return the digest of what is there, as far as the blueprint speaks of it: what moves by
    itself does not count.
    """
    return digest({want.key: _state(want, observed.get(want.key)) for want in blueprint})


def _decide(
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


def _without_dependents(change: Change, referred: set[str]) -> Change:
    """Refuse to replace what others refer to: they would have to go first."""
    if change.action != "replace" or change.key not in referred:
        return change
    why = f"{change.reason} Other resources refer to it."
    return replace(change, action="refuse", reason=why)


def _state(want: Desired, found: Actual | None) -> Any:
    if found is None:
        return None
    fields = {name: _plain(found.wire.get(name)) for name in want.fields}
    return [
        found.ocid,
        found.owner,
        found.key,
        is_dying(found.state),
        is_broken(found.state),
        fields,
    ]


def _plain(value: Any) -> Any:
    """Return a value without floats and without the order of lists, which OCI does not keep."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return {
            name: _plain(item)
            for name, item in value.items()
            if name not in ("timeCreated", "id", "backends")
        }
    if isinstance(value, list):
        return sorted((_plain(item) for item in value), key=repr)
    return value


def _difference(found: Difference) -> dict[str, Any]:
    """Return a difference for the page, a secret masked by the name of its field too."""
    name = found.field
    return {
        "field": name,
        "want": masked(name, _shown(found.want)),
        "have": masked(name, _shown(found.have)),
    }


def _shown(value: Any) -> Any:
    """Return a wanted or found value for the page: references to what is not there yet in words."""
    if isinstance(value, str):
        return f"{value} {LATER}" if refs(value) and not value.endswith(LATER) else value
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    return repr(value) if isinstance(value, float) else value
