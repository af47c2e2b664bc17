"""Turn a comparison into differences, one for each value, with the settings behind it. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from environments.blueprint import EnvironmentSpec
from environments.blueprint.infer import Inference, infer_settings
from environments.desired import Desired, Difference, Lookup
from environments.drift import DriftKind
from environments.kinds import KINDS
from environments.reconcile.change import Change
from portal.lib.redact import redact

GONE = "It is gone: no setting can decide that."
REPLACED = "It carries the portal's tags, but it is not the resource that the portal made."
NO_STATE = "no setting decides the state: OCI does."
NOT_NAMED = "no setting names this field; change it back in OCI."
STATE_FIELD = "lifecycleState"
BLOCKED = "A plan may not touch it in this state."
STORED = ("sort", "kind", "name", "ocid", "desired", "found", "reason", "not_a_setting")


@dataclass(frozen=True, slots=True)
class FoundDifference:
    """One difference as a comparison found it."""

    sort: DriftKind
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
        """Return what its row stores, apart from key and field."""
        stored = {name: getattr(self, name) for name in STORED}
        return {**stored, "settings": dict(self.settings or {})}


@dataclass(frozen=True, slots=True)
class DriftContext:
    """What a comparison is read with.

    `known` resolves references, `applied` holds each resource by key as the last applied plan
    wanted it, `remembered` the OCIDs by key.
    """

    spec: EnvironmentSpec
    known: Lookup
    applied: Mapping[str, Desired]
    remembered: Mapping[str, str]


def find_differences(changes: Iterable[Change], context: DriftContext) -> list[FoundDifference]:
    """Return every difference of a comparison."""
    changed = [change for change in changes if change.action != "nothing"]
    return [found for change in changed for found in _differences_of(change, context)]


def _differences_of(change: Change, context: DriftContext) -> Iterator[FoundDifference]:
    want, known = change.want, context.remembered.get(change.want.key, "")
    kind = KINDS[want.kind].name
    found = partial(FoundDifference, key=want.key, kind=kind, name=want.name)
    found = partial(found, ocid=change.ocid or known, reason=change.reason)
    if change.state:
        state = {"field": STATE_FIELD, "desired": sorted(KINDS[want.kind].good_states)[0]}
        words = KINDS[want.kind].state_words(want.name, change.state)
        state |= {"found": change.state, "reason": words, "not_a_setting": NO_STATE}
        yield found(DriftKind.BLOCKED, **state)
    for one in change.by_hand:
        shown = redact({"have": without_extras(one.have)})
        values = {"field": one.field, "desired": one.want, "found": shown["have"]}
        yield found(DriftKind.CHANGED, **values, not_a_setting=NOT_NAMED)
    if change.action == "create" or (change.action == "blocked" and not change.ocid):
        sort = DriftKind.MISSING if known else DriftKind.PENDING
        yield found(sort, not_a_setting=GONE)
    elif change.differences:
        for difference in change.differences:
            yield found(**_compare_field(change, difference, context))
    elif change.action == "attention":
        return
    elif change.action not in ("adopt", "blocked"):
        yield found(DriftKind.BLOCKED, not_a_setting=BLOCKED)
    elif known:
        values = {"field": "ocid", "desired": known, "found": change.ocid}
        yield found(DriftKind.CHANGED, **{**values, "reason": REPLACED})
    else:
        yield found(DriftKind.PENDING)


def _compare_field(change: Change, difference: Difference, context: DriftContext) -> dict[str, Any]:
    want, name, have = change.want, difference.field, difference.have
    values = {"field": name, "want": without_extras(difference.want), "have": without_extras(have)}
    masked = redact(values)
    inferred = Inference(why_not="It does not exist.")
    if have is not None:
        resolve = partial(Desired.resolved, lookup=context.known)
        inferred = infer_settings(context.spec, want.key, name, have, resolve)
    sort = DriftKind.BLOCKED if change.action == "refuse" else DriftKind.CHANGED
    return {
        "sort": DriftKind.PENDING if _is_unapplied(want, name, context.applied) else sort,
        "field": name,
        "desired": masked["want"],
        "found": masked["have"],
        "settings": inferred.settings,
        "not_a_setting": inferred.why_not,
    }


def _is_unapplied(want: Desired, name: str, applied: Mapping[str, Desired]) -> bool:
    """Say whether the settings changed since the last apply."""
    before = applied.get(want.key)
    if before is None:
        return False
    return _as_text(before.fields.get(name)) != _as_text(want.fields.get(name))


def _as_text(value: Any) -> str:
    return json.dumps(without_extras(value), sort_keys=True)


def without_extras(value: Any) -> Any:
    """Return a value without what OCI adds of its own to parts."""
    if isinstance(value, Mapping):
        return {
            str(name): without_extras(item)
            for name, item in value.items()
            if name not in ("timeCreated", "backends")
        }
    if isinstance(value, (list, tuple)):
        return [without_extras(item) for item in value]
    return value
