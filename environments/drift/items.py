"""What a comparison means for a person: one value a difference. Pure: no database, no cloud."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from environments.blueprint import Order
from environments.blueprint.infer import Reverse, reverse
from environments.desired import Desired, Difference, Found, Lookup
from environments.kinds import KINDS
from environments.models import Sort
from environments.reconcile.plan import Change
from portal.lib.redact import redact

WHOLE = "the whole resource"
GONE = "It is gone: no setting can want it away."
ANOTHER = "It carries the portal's tags, but it is another one than the portal made."


@dataclass(frozen=True, slots=True)
class Seen:
    """One difference as a look finds it."""

    sort: str
    key: str
    kind: str
    name: str
    ocid: str
    field: str = ""
    desired: Any = None
    found: Any = None
    reason: str = ""
    settings: Mapping[str, Any] | None = None
    not_a_setting: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """Return what the row of this difference holds, but for its identity."""
        names = ("sort", "kind", "name", "ocid", "desired", "found", "reason", "not_a_setting")
        return {**{name: getattr(self, name) for name in names}, "settings": dict(self.settings or {})}


@dataclass(frozen=True, slots=True)
class Context:
    """What differences are judged by: the order, what references stand for, and what was applied last."""

    order: Order
    known: Lookup
    applied: Mapping[str, Mapping[str, Any]]  # by key: the resource as the last applied plan wanted it
    remembered: Mapping[str, str]

    def resolve(self, want: Desired) -> Desired:
        """Return a resource with its references replaced by what was found."""
        return want.resolved(self.known)


def seen(changes: Iterable[Change], context: Context) -> list[Seen]:
    """Return every difference of a comparison."""
    return [found for change in changes if change.action != "nothing" for found in _of(change, context)]


def _of(change: Change, context: Context) -> Iterator[Seen]:
    want, about = change.want, _about(change, context)
    if change.action == "create":
        sort = Sort.MISSING if want.key in context.remembered else Sort.PENDING
        yield Seen(sort=sort, field="", reason=change.reason, not_a_setting=GONE, **about)
    elif change.differences:
        for difference in change.differences:
            yield _field(change, difference, context, about)
    elif change.action == "adopt":
        known = context.remembered.get(want.key)
        sort = Sort.CHANGED if known else Sort.PENDING
        reason = ANOTHER if known else change.reason
        yield Seen(
            sort=sort, field="ocid" if known else "", desired=known, found=change.ocid if known else None, reason=reason, **about
        )
    else:
        yield Seen(sort=Sort.BLOCKED, reason=change.reason, not_a_setting="A plan may not touch it as it stands.", **about)


def _field(change: Change, difference: Difference, context: Context, about: Mapping[str, Any]) -> Seen:
    key, name = change.want.key, difference.field
    shown = redact({"field": name, "want": plain(difference.want), "have": plain(difference.have)})
    back = Reverse(why_not="It is not there.") if difference.have is None else _reverse(context, key, name, difference.have)
    sort = Sort.BLOCKED if change.action == "refuse" else Sort.CHANGED
    if _unapplied(change.want, name, context.applied):
        sort = Sort.PENDING
    return Seen(
        sort=sort,
        field=name,
        desired=shown["want"],
        found=shown["have"],
        reason=change.reason,
        settings=back.settings,
        not_a_setting=back.why_not,
        **about,
    )


def _reverse(context: Context, key: str, name: str, have: Any) -> Reverse:
    return reverse(context.order, key, name, have, context.resolve)


def _about(change: Change, context: Context) -> dict[str, Any]:
    want = change.want
    ocid = change.ocid or context.remembered.get(want.key, "")
    return {"key": want.key, "kind": KINDS[want.kind].name, "name": want.name, "ocid": ocid}


def _unapplied(want: Desired, name: str, applied: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether it is the portal's side that moved since the last apply."""
    before = applied.get(want.key)
    return before is not None and _text(before.get("fields", {}).get(name)) != _text(want.fields.get(name))


def _text(value: Any) -> str:
    return json.dumps(plain(value), sort_keys=True)


def plain(value: Any) -> Any:
    """Return a value as a page shows it: what OCI adds of its own to parts left out."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items() if name not in ("timeCreated", "backends")}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def lookup_of(observed: Mapping[str, Found | None], tenancy: str) -> Lookup:
    """Return how references are resolved: to what the look found."""

    def known(key: str, fact: str) -> Any:
        if key == "tenancy":
            return tenancy
        found = observed.get(key)
        return None if found is None else found.facts.get(fact) if fact else found.ocid

    return known
