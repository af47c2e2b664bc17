"""The verbs every kind has: create, get, list, update, delete, change compartment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.oci import errors, freshness, paging, rules, tags, work_requests
from sandbox.oci.call import Call
from sandbox.oci.service import Body, Kind, Service
from sandbox.oci.store import Record, plain_copy
from sandbox.oci.surface import Operation

Handler = Callable[[Call], Any]


def bind(
    service: Service, operations: Iterable[Operation]
) -> dict[str, tuple[Handler, Kind | None]]:
    """Return what serves each operation of a service: its own functions first, then the verbs of
    its kinds.
    """
    names = {operation.name for operation in operations}
    bound: dict[str, tuple[Handler, Kind | None]] = {
        name: (work_requests.operation, None) for name in names if work_requests.NAME.match(name)
    }
    for kind in service.kinds:
        for name, handler in _verbs(kind).items():
            if name in names:
                bound[name] = (handler, kind)
    for name, operation in service.operations.items():
        if name not in names:
            raise LookupError(f"the SDK has no operation {service.name}.{name}")
        bound[name] = (operation, bound.get(name, (None, None))[1])
    return bound


def _verbs(kind: Kind) -> dict[str, Handler]:
    one, many = kind.singular_word, kind.plural_word
    return {
        f"create_{one}": create,
        f"get_{one}": get,
        f"list_{many}": list_all,
        f"update_{one}": update,
        f"delete_{one}": delete,
        f"change_{one}_compartment": change_compartment,
    }


def create(call: Call) -> Record:
    """Create a record from the request."""
    kind = _kind(call)
    body = _new_body(call, kind)
    if "compartmentId" in body:
        rules.check_compartment(call, body["compartmentId"])
    if "definedTags" in call.engine.shapes.fields(call.service.name, kind.name):
        tags.check(call, body)
        tags.apply_defaults(call, body)
    rules.check_references(call, kind, body)
    rules.check_limit(call, kind)
    record = call.engine.new_record(call.key(kind.name), body, {}, hidden_for=call.hidden_for)
    call.subject = record
    if kind.before_create:
        kind.before_create(call, record)
    rules.check_unique(call.engine, record.kind, record, new=True)
    freshness.mark(call, record)
    call.save(record)
    if kind.after_create:
        kind.after_create(call, record)
    _work_request(call, kind, record, "create", "CREATED", kind.life.create)
    return record


def get(call: Call) -> Record:
    """Read one record."""
    return call.target()


def list_all(call: Call) -> list[Record]:
    """Return the records that the path and the query ask for."""
    kind = _kind(call)
    compartment = call.query.get("compartmentId")
    if compartment and not _compartment_known(call, compartment):
        raise errors.not_found(f"compartment {compartment}")
    if compartment and call.service.name != "identity":
        place = call.engine.store.get("identity.Compartment", compartment)
        freshness.require_known_compartment(call, place)
    records = call.visible(kind.name)
    if call.query.get("compartmentIdInSubtree") == "true":
        below = _subtree(call, call.query.pop("compartmentId"))
        records = [record for record in records if record.body.get("compartmentId") in below]
    call.query.pop("compartmentIdInSubtree", None)
    for name, value in zip(_scope(kind), call.path.values(), strict=False):
        records = [record for record in records if str(record.body.get(name)) == value]
    _check_filters(call, kind, records)
    return [record for record in records if _passes(call, kind, record)]


def update(call: Call) -> Record:
    """Change what the request names; whole collections are replaced."""
    kind, record = _kind(call), call.target()
    rules.check_settled(kind, record)
    changes = dict(call.body)
    if "definedTags" in changes or "freeformTags" in changes:
        tags.check(call, changes)
    rules.check_references(call, kind, changes)
    if kind.before_update:
        kind.before_update(call, record, changes)
    record.body.update({name: value for name, value in changes.items() if value is not None})
    for name in [name for name, value in changes.items() if value is None]:
        record.body.pop(name, None)
    for name in {"timeUpdated", "timeLastModified"} & call.engine.shapes.fields(
        call.service.name, kind.name
    ):
        record.body[name] = call.engine.wire_now()
    rules.check_unique(call.engine, record.kind, record)
    if kind.life.changing:
        ready = record.body[kind.state_field]
        record.body[kind.state_field] = kind.life.changing
        call.schedule(record, kind.life.update, {kind.state_field: ready})
    call.subject = call.save(record)
    _work_request(call, kind, record, "update", "UPDATED", kind.life.update)
    return record


def delete(call: Call) -> None:
    """Begin the deletion of a record."""
    kind, record = _kind(call), call.target()
    rules.check_settled(kind, record)
    if kind.before_delete:
        kind.before_delete(call, record)
    for child in kind.children:
        for path in call.engine.kinds[call.key(child)].references:
            for other in call.records(child):
                if record.id in rules.values_at(other.body, path):
                    call.retire(other)
    rules.check_unused(call.engine, record)
    call.retire(record)
    _work_request(call, kind, record, "delete", "DELETED", kind.life.delete)


def change_compartment(call: Call) -> None:
    """Move a record to another compartment."""
    kind, record = _kind(call), call.target()
    rules.check_settled(kind, record)
    rules.check_compartment(call, call.body["compartmentId"])
    record.body["compartmentId"] = call.body["compartmentId"]
    rules.check_unique(call.engine, record.kind, record)
    call.save(record)
    _work_request(call, kind, record, "move", "UPDATED", kind.life.update)


def _kind(call: Call) -> Kind:
    if call.kind is None:
        raise errors.not_implemented(f"{call.operation.key} is not simulated.")
    return call.kind


def _scope(kind: Kind) -> tuple[str, ...]:
    """Return the wire fields that the path variables of a list or create fill."""
    return kind.key[:-1] if kind.key else (kind.parent,) if kind.parent else ()


def _new_body(call: Call, kind: Kind) -> Body:
    shown = call.engine.shapes.fields(call.service.name, kind.name)
    body: Body = plain_copy(dict(kind.defaults))
    body.update(
        {name: value for name, value in call.body.items() if name in shown and value is not None}
    )
    body.update(zip(_scope(kind), call.path.values(), strict=False))
    return body


def _compartment_known(call: Call, compartment: str) -> bool:
    return call.engine.store.get("identity.Compartment", compartment) is not None


def _subtree(call: Call, root: str) -> set[str]:
    """Return a compartment with all that are below it."""
    found, edge = {root}, {root}
    while edge:
        edge = {
            record.id
            for record in call.records("identity.Compartment")
            if record.body.get("compartmentId") in edge
        } - found
        found |= edge
    return found


def _check_filters(call: Call, kind: Kind, records: list[Record]) -> None:
    """Refuse a filter that nothing tests, also where there is nothing yet to test."""
    known = {
        *paging.RESERVED,
        *kind.filters,
        *call.engine.shapes.fields(call.service.name, kind.name),
    }
    for name in call.query:
        if name not in known and not any(name in record.body for record in records):
            raise errors.not_implemented(
                f"The filter {name} of {call.operation.key} is not simulated."
            )


def _passes(call: Call, kind: Kind, record: Record) -> bool:
    for name, value in call.query.items():
        if name in paging.RESERVED:
            continue
        if name in kind.filters:
            test = kind.filters[name]
            if test and not test(record, value):
                return False
        elif _text(record.body.get(name)) != value:
            return False
    return True


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _work_request(
    call: Call, kind: Kind, record: Record, verb: str, action: str, seconds: float
) -> None:
    if verb in kind.work_requests:
        resource = {
            "entityType": kind.word,
            "actionType": action,
            "identifier": record.id,
            "entityUri": "",
        }
        call.work_request(kind.work_requests[verb], [resource], seconds)
