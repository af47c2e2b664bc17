"""Rules that data states: references must exist, what is referred to stays, names are unique,
limits hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.oci import errors, freshness
from sandbox.oci.service import Body, Kind
from sandbox.oci.store import Record

if TYPE_CHECKING:
    from sandbox.oci.call import Call
    from sandbox.oci.engine import Engine


def values_at(body: Any, path: str) -> Iterator[Any]:
    """Yield the values at a dotted wire path; lists on the way are walked."""
    if isinstance(body, list):
        for item in body:
            yield from values_at(item, path)
    elif not path:
        if body not in (None, ""):
            yield body
    elif isinstance(body, dict):
        head, _, rest = path.partition(".")
        yield from values_at(body.get(head), rest)


def check_compartment(call: Call, compartment: Any) -> None:
    """A resource lives in an ACTIVE compartment (or the tenancy)."""
    record = call.engine.store.get("identity.Compartment", str(compartment))
    if record is None or record.gone or record.body["lifecycleState"] != "ACTIVE":
        raise errors.not_found(f"compartment {compartment}")
    freshness.require_known_compartment(call, record)


def check_references(call: Call, kind: Kind, body: Body) -> None:
    """Whatever a body points to must live and be ready for use."""
    for path, targets in kind.references.items():
        names = [call.key(name) for name in ((targets,) if isinstance(targets, str) else targets)]
        for value in values_at(body, path):
            found = next(
                (record for name in names if (record := call.engine.store.get(name, str(value)))),
                None,
            )
            if found is None or found.gone:
                raise errors.not_found(f"{path} {value}")
            check_settled(call.engine.kinds[found.kind], found)


def check_unused(engine: Engine, record: Record) -> None:
    """What another living record refers to cannot be deleted."""
    for key, path in engine.referrers.get(record.kind, ()):
        for other in engine.store.living(key):
            kind = engine.kinds[key]
            leaving = (
                bool(kind.life.ending) and other.body.get(kind.state_field) == kind.life.ending
            )
            if other.id != record.id and not leaving and record.id in values_at(other.body, path):
                text = (
                    f"{record.id} is referred to by the {kind.name} {other.id}. You must remove the"
                    " reference to proceed."
                )
                raise errors.conflict(text, kind.holds)


def check_unique(engine: Engine, key: str, record: Record, *, new: bool = False) -> None:
    """A name that has to be unique is not taken by a living record; a new record of a kind without
    OCID has no id of its own.
    """
    kind = engine.kinds[key]
    if not kind.unique:
        return
    mine = _identity(kind, record)
    for other in engine.store.living(key):
        if (new or other.id != record.id) and _identity(kind, other) == mine:
            text = f"{kind.name} {record.body.get(kind.unique[-1])} already exists."
            raise errors.conflict(text, kind.taken or f"{kind.name}AlreadyExists")


def check_limit(call: Call, kind: Kind) -> None:
    """A limit set at the control port holds per tenancy."""
    limit = call.engine.limits.get(call.key(kind.name), call.engine.limits.get(kind.name))
    if limit is not None and len(call.records(kind.name)) >= limit:
        raise errors.limit_exceeded(f"The limit of {limit} for {kind.name} has been reached.")


def check_settled(kind: Kind, record: Record) -> None:
    """A resource on its way between two states takes no change."""
    state = str(record.body.get(kind.state_field, ""))
    if not kind.life.settled(state):
        raise errors.incorrect_state(f"{kind.name} {record.id} is {state}.")


def _identity(kind: Kind, record: Record) -> tuple[str, ...]:
    values = tuple(str(record.body.get(name)) for name in kind.unique)
    return tuple(value.lower() for value in values) if kind.ignores_case else values
