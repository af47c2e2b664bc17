"""Writes the OCI Audit event of a call: who changed what, never with which values."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sandbox.oci.clock import wire
from sandbox.oci.exchange import Response

if TYPE_CHECKING:
    from sandbox.oci.call import Call
    from sandbox.oci.engine import Engine

LOG = "audit"
UNTOLD = {"etag", "timeUpdated", "timeLastModified", "lifecycleState"}


def record(engine: Engine, call: Call, response: Response, request_id: str) -> None:
    """Append the event of a mutating call to the compartment's log; object-level calls leave none,
    as in OCI.
    """
    if call.operation.name in call.service.unaudited:
        return
    now = engine.clock.now()
    compartment = call.compartment or engine.tenancy
    event_name = "".join(word.capitalize() for word in call.operation.name.split("_"))
    event = {
        "eventType": f"com.oraclecloud.{_camel(call.service.name)}.{event_name}",
        "cloudEventsVersion": "0.1",
        "eventTypeVersion": "2.0",
        "source": _camel(call.service.name),
        "eventId": str(uuid.uuid4()),
        "eventTime": wire(now),
        "contentType": "application/json",
        "data": _detail(engine, call, response, request_id, event_name, compartment),
    }
    engine.store.append(LOG, compartment, now, event)


def _detail(
    engine: Engine,
    call: Call,
    response: Response,
    request_id: str,
    event_name: str,
    compartment: str,
) -> dict[str, object]:
    subject, caller, request = call.subject, call.caller, call.request
    kind = engine.kinds.get(subject.kind) if subject else None
    owner = engine.store.get("identity.Compartment", compartment)
    return {
        "eventGroupingId": request_id,
        "eventName": event_name,
        "compartmentId": compartment,
        "compartmentName": owner.body["name"] if owner else "",
        "resourceName": str(subject.body.get(kind.name_field, "")) if subject and kind else "",
        "resourceId": (
            str((kind and subject.body.get(kind.id_field)) or subject.id) if subject else ""
        ),
        "identity": {
            "principalName": caller.name,
            "principalId": caller.id,
            "authType": {"user": "natv", "resource": "resource"}.get(caller.kind, "token"),
            "tenantId": caller.tenancy,
            "ipAddress": request.peer,
            "credentials": f"{caller.tenancy}/{caller.id}/{caller.key}" if caller.key else "",
            "userAgent": request.headers.get("user-agent", ""),
        },
        "request": {"id": request_id, "path": request.path, "action": request.method},
        "response": {"status": str(response.status), "responseTime": engine.wire_now()},
        "stateChange": _state_change(call) if response.status < 300 else None,
    }


def _state_change(call: Call) -> dict[str, object] | None:
    """Return the fields that the call changed, before and after; a creation has no before, a
    deletion no after.
    """
    if call.subject is None:
        return None
    before, after = call.before.get(call.subject.id), {} if call.subject.gone else call.subject.body
    names = [name for name in {**(before or {}), **after} if name not in UNTOLD]
    changed = [name for name in names if (before or {}).get(name) != after.get(name)]
    if not changed:
        return None
    current = {name: after[name] for name in changed if name in after}
    previous = {name: before[name] for name in changed if name in before} if before else None
    return {"previous": previous, "current": current}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
