"""Audit: who changed what in a compartment, as the gate recorded it."""

from __future__ import annotations

from typing import Any

from sandbox.oci import audit_events, errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment
from sandbox.oci.service import Body, Service
from sandbox.oci.store import Record

_SETTING = "audit.Configuration"


def list_events(call: Call) -> list[Body]:
    """The events of one compartment, without those below it; times have the granularity of a
    minute.
    """
    start, end = (_minute(call.query[name], name) for name in ("startTime", "endTime"))
    if start >= end:
        raise errors.invalid("startTime must be before endTime.")
    return call.engine.store.entries(audit_events.LOG, call.query["compartmentId"], start, end)


def get_configuration(call: Call) -> Any:
    """How long events are kept."""
    return call.engine.store.get(_SETTING, "retention") or {"retentionPeriodDays": 365}


def update_configuration(call: Call) -> None:
    """Change how long events are kept; the simulator keeps them all."""
    if not 90 <= call.body["retentionPeriodDays"] <= 365:
        raise errors.invalid("retentionPeriodDays is between 90 and 365.")
    call.save(Record(kind=_SETTING, id="retention", body=dict(call.body)))
    call.work_request("UPDATE_RETENTION_PERIOD", [], 0.5)


def _minute(text: str, name: str) -> float:
    try:
        found = moment(text)
    except ValueError as error:
        raise errors.invalid(f"{name} must be an RFC 3339 time.") from error
    if found % 60:
        raise errors.invalid(f"{name} has the granularity of a minute: seconds must be 0.")
    return found


SERVICE = Service(
    name="audit",
    clients=("AuditClient",),
    operations={
        "list_events": list_events,
        "get_configuration": get_configuration,
        "update_configuration": update_configuration,
    },
)
