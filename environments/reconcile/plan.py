"""The plan: what to do so that OCI becomes what is wanted. Pure: no database, no cloud."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from environments.desired import Actual, Desired, fact_of, refs
from environments.kinds import KINDS
from environments.kinds.states import is_broken, is_dying
from environments.reconcile.change import REFUSED, TAKES_AWAY, WORK, Change
from environments.reconcile.decide import decide
from environments.reconcile.graph import in_order, longest_path
from portal.lib.canonical import digest


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
        known, picked = remembered.get(key, ""), chosen.get(key, "")
        whole = _whole(by_key[key], observed)
        changes[key] = decide(by_key[key], want, observed.get(key), known, picked, whole)
    referred = {need for want in blueprint for need in refs(want.place) | refs(want.fields)}
    kept = {key: _without_dependents(change, referred) for key, change in changes.items()}
    allowed = _without_early_closing(_without_the_refused(kept))
    return [_completed(allowed[want.key]) for want in blueprint]


def _without_the_refused(changes: Mapping[str, Change]) -> dict[str, Change]:
    """Block the changes that need, however indirectly, what is refused; `changes` are in order."""
    allowed, held = dict[str, Change](), dict[str, str]()  # held: key -> what is refused below it
    for key, change in changes.items():
        below = sorted({held[need] for need in change.want.all_needs() if need in held})
        if change.action == "refuse":
            held[key] = key
        elif below:
            held[key] = below[0]
            if change.action in WORK:
                why = f"{change.reason} It waits for {', '.join(below)}, which is refused."
                change = replace(change, action="blocked", reason=why)
        allowed[key] = change
    return allowed


def _whole(raw: Desired, observed: Mapping[str, Actual | None]) -> Actual | None:
    """Return what a part belongs to, when that is there."""
    if not KINDS[raw.kind].deleted_with:
        return None
    return next((found for key in refs(raw.place) if (found := observed.get(key))), None)


def _without_early_closing(changes: dict[str, Change]) -> dict[str, Change]:
    """Block what shuts ports while a listener that should move away from them cannot."""
    stuck = sorted(
        key
        for key, change in changes.items()
        if KINDS[change.want.kind].moves_traffic and change.action in REFUSED
    )
    words = f"It waits for {', '.join(stuck)}: what answers at a port that is shut is cut off."
    return {
        key: replace(change, action="blocked", reason=f"{change.reason} {words}")
        if stuck and change.action == TAKES_AWAY and KINDS[change.want.kind].closes_ports
        else change
        for key, change in changes.items()
    }


def _completed(change: Change) -> Change:
    """Add what it needs and what it usually takes."""
    usual = KINDS[change.want.kind].usual_seconds
    times = {"create": usual, "replace": usual + 5, "adopt": 1}
    times |= dict.fromkeys(("update", TAKES_AWAY), min(usual, 5))
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
        *[[one.field, _plain(one.have)] for one in KINDS[want.kind].set_by_hand(want, found)],
        *([found.state] if KINDS[want.kind].needs_attention(found.state) else []),
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
