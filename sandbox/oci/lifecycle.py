"""What time brings: scheduled changes of records, and their being forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.oci.store import Due, Record

if TYPE_CHECKING:
    from sandbox.oci.engine import Engine


def schedule(engine: Engine, record: Record, seconds: float, changes: dict[str, Any]) -> None:
    """Change a record after some simulated seconds; the caller puts the record."""
    record.timeline.append(Due(engine.clock.now() + engine.clock.scaled(seconds), changes))
    record.timeline.sort(key=lambda due: due.at)


def settle(engine: Engine) -> None:
    """Apply everything that fell due, in the order of its moment, effects included."""
    now = engine.clock.now()
    for _ in range(
        10_000
    ):  # effects may schedule more; a cycle of zero delays must not hang the simulator
        record = engine.store.due(now)
        if record is None:
            return
        _settle_one(engine, record, now)


def _settle_one(engine: Engine, record: Record, now: float) -> None:
    if record.expires and record.expires <= now:
        engine.store.remove(record)
        return
    kind = engine.kinds.get(record.kind)
    due = record.timeline.pop(0)
    record.body.update(due.changes)
    state = due.changes.get(kind.state_field) if kind else None
    if kind and state:
        if state == kind.life.gone:
            record.gone, record.timeline = True, []
            record.expires = due.at + kind.life.linger
        if state in kind.on:
            kind.on[state](engine, record)
    engine.store.put(record)
