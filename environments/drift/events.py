"""Who changed what: the events of OCI Audit, matched with the differences found."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.cloud.client import CloudClient

READS = ("Get", "List", "Head", "Search", "Summarize")
ENDS = ("Delete", "Terminate", "Schedule", "Remove", "Purge")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One change in OCI Audit."""

    at: str  # RFC 3339
    operation: str  # UpdateBucket
    who: str
    principal: str
    address: str
    agent: str
    request: str
    resource: str
    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def origin(self) -> dict[str, Any]:
        """Return what a row stores of it beside the person."""
        program = self.agent.split(" ")[0][:120]
        return {
            "at": self.at,
            "operation": self.operation,
            "address": self.address,
            "program": program,
            "request": self.request,
            "principal": self.principal,
        }


def read_events(
    cloud: CloudClient, compartment: str, since: datetime, until: datetime
) -> list[AuditEvent]:
    """Return the changes in one compartment alone; OCI asks by whole minutes [facts 13]."""
    rows = cloud.pages(
        "audit", "list_events", compartment, whole_minute(since), whole_minute(until) + MINUTE
    )
    return [event for event in map(parse_event, rows) if event is not None]


def parse_event(row: Mapping[str, Any]) -> AuditEvent | None:
    """Read one event; nothing for a read, or a call that OCI refused."""
    data = row.get("data") or {}
    identity, request, state = (
        data.get("identity") or {},
        data.get("request") or {},
        data.get("stateChange") or {},
    )
    operation = str(data.get("eventName") or "")
    refused = not str((data.get("response") or {}).get("status") or "200").startswith("2")
    if refused or request.get("action") in ("GET", "HEAD") or operation.startswith(READS):
        return None
    return AuditEvent(
        at=str(row.get("eventTime") or ""),
        operation=operation,
        who=str(identity.get("principalName") or identity.get("principalId") or ""),
        principal=str(identity.get("principalId") or ""),
        address=str(identity.get("ipAddress") or ""),
        agent=str(identity.get("userAgent") or ""),
        request=str(request.get("id") or ""),
        resource=str(data.get("resourceId") or ""),
        name=str(data.get("resourceName") or ""),
        before=state.get("previous") or {},
        after=state.get("current") or {},
    )


def find_cause(
    found: Iterable[AuditEvent],
    *,
    ocid: str,
    name: str,
    field: str,
    gone: bool,
    ours: Collection[str],
    portal: str,
) -> AuditEvent | None:
    """Return the change that made a difference: the latest on that resource by somebody else than
    the portal.

    `ours` are the request ids of the portal's own calls, `portal` the OCID of its user. An event
    that names the field wins over one that only names the resource.
    """
    foreign = [
        event
        for event in found
        if not _is_ours(event, ours, portal) and _concerns(event, ocid, name)
    ]
    fitting = [
        event
        for event in foreign
        if event.operation.startswith(ENDS) is gone or not (gone or event.after)
    ]
    exact = [
        event for event in fitting if field and (field in event.after or field in event.before)
    ]
    return max(
        exact or fitting or ([] if gone else foreign), key=lambda event: event.at, default=None
    )


def whole_minute(at: datetime) -> datetime:
    """Return the minute that a moment lies in: OCI refuses seconds."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _concerns(event: AuditEvent, ocid: str, name: str) -> bool:
    """Say whether it is about the resource; a part has no OCID, so that of its whole counts."""
    if event.resource and event.resource.startswith("ocid1."):
        return ocid == event.resource or ocid.startswith(f"{event.resource}/")
    return bool(name) and (event.name == name or event.resource.endswith(f"/b/{name}"))


def _is_ours(event: AuditEvent, ours: Collection[str], portal: str) -> bool:
    return event.request in ours or (bool(portal) and event.principal == portal)
