"""Work requests: what an asynchronous operation gives the caller to watch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.oci import errors, lifecycle
from sandbox.oci.clock import wire
from sandbox.oci.service import Body, Kind, Life
from sandbox.oci.store import Record
from sandbox.oci.tenancy import HOME, ocid

if TYPE_CHECKING:
    from sandbox.oci.call import Call
    from sandbox.oci.engine import Engine

NAME = re.compile(r"^(get|list)_\w*work_requests?(_errors|_logs)?$")
KEY = "engine.WorkRequest"
STARTING, MARGIN = 0.1, 0.001  # a work request ends just after what it stands for
DAY = 86_400


def make(
    call: Call, operation_type: str, resources: list[Body], seconds: float, then: str, payload: Body
) -> Record:
    """Make the work request of a call; `resources` are {entityType, actionType, identifier}."""
    now = call.engine.clock.now()
    body = {
        "id": ocid("workrequest", HOME),
        "operationType": operation_type,
        "type": operation_type,
        "phase": "ACCEPTED",
        "compartmentId": call.compartment or call.engine.tenancy,
        "resources": resources,
        "percentComplete": 0.0,
        "timeAccepted": wire(now),
        "message": "",
        "errorDetails": [],
    }
    if call.service.name == "load_balancer" and resources:
        body["loadBalancerId"] = resources[0]["identifier"]
    hidden = {
        "service": call.service.name,
        "then": then,
        "payload": payload,
        "errors": [],
        "logs": [[wire(now), "Accepted"]],
    }
    record = Record(
        kind=KEY, id=str(body["id"]), body=body, hidden=hidden, created=now, expires=now + DAY
    )
    if call.service.work_request.waits:
        lifecycle.schedule(call.engine, record, seconds * STARTING / 2, {"phase": "WAITING"})
    lifecycle.schedule(
        call.engine, record, seconds * STARTING, {"phase": "IN_PROGRESS", "percentComplete": 10.0}
    )
    lifecycle.schedule(call.engine, record, seconds, {"phase": "FINISHING"})
    record.timeline[-1].at += MARGIN
    return call.engine.store.put(record)


def _begin(engine: Engine, record: Record) -> None:
    record.body["timeStarted"] = wire(engine.clock.now())
    record.hidden["logs"].append([wire(engine.clock.now()), "In progress"])


def _finish(engine: Engine, record: Record) -> None:
    then = engine.services[record.hidden["service"]].completions.get(record.hidden["then"])
    moment = wire(engine.clock.now())
    try:
        if then:
            then(engine, record)
        record.body |= {"phase": "DONE", "percentComplete": 100.0}
        record.hidden["logs"].append([moment, "Done"])
    except errors.ServiceError as error:
        record.body |= {"phase": "FAILED", "message": error.message}
        record.body["errorDetails"] = [{"errorCode": "BAD_INPUT", "message": error.message}]
        record.hidden["errors"].append(
            {"code": error.code, "message": error.message, "timestamp": moment}
        )
    record.body["timeFinished"] = moment
    record.hidden["payload"] = {}


def _present(engine: Engine, record: Record) -> Body:
    family = engine.services[record.hidden["service"]].work_request
    phase = record.body["phase"]
    return {family.status: {"DONE": family.done, "FINISHING": "IN_PROGRESS"}.get(phase, phase)}


KIND = Kind(
    name="WorkRequest",
    word="workrequest",
    state_field="phase",
    life=Life(start="ACCEPTED", ready="DONE", gone="never"),
    on={"IN_PROGRESS": _begin, "FINISHING": _finish},
    present=_present,
)


def operation(call: Call) -> Any:
    """Serve any operation of a work request family, by its name."""
    found = NAME.match(call.operation.name)
    if found and found[1] == "list" and not found[2]:
        return [record for record in call.engine.store.all(KEY) if _wanted(call, record)]
    record = call.engine.store.get(KEY, next(iter(call.path.values())))
    if record is None:
        raise errors.not_found("work request")
    if found and found[2] == "_errors":
        return record.hidden["errors"]
    if found and found[2] == "_logs":
        return [{"timestamp": moment, "message": text} for moment, text in record.hidden["logs"]]
    return record


def _wanted(call: Call, record: Record) -> bool:
    if record.hidden["service"] != call.service.name:
        return False
    query, shown = call.query, _present(call.engine, record)
    if query.get("workRequestId", query.get("id", record.id)) != record.id or query.get(
        "status", ""
    ) not in {
        "",
        *shown.values(),
    }:
        return False
    named = [*call.path.values(), *([query["resourceId"]] if "resourceId" in query else [])]
    identifiers = {resource["identifier"] for resource in record.body["resources"]}
    return set(named) <= identifiers and query.get("compartmentId") in {
        None,
        record.body["compartmentId"],
    }
