"""Reads alarms back from Monitoring, and lets triage open, keep or resolve their incidents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from environments.models import Environment
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.cloud.client import CloudClient
from portal.lib.clock import now
from runbooks import triage
from runbooks.models import Alarm, Incident
from runbooks.models.alarm import DISABLED, GONE


def update_definitions(environment: Environment, cloud: CloudClient) -> list[Alarm]:
    """Store the definitions of the environment's alarms as Monitoring has them."""
    return [
        _update_definition(environment, row)
        for row in cloud.pages("monitoring", "list_alarms", environment.compartment_ocid)
    ]


def read_statuses(
    environment: Environment, cloud: CloudClient, **filters: Any
) -> dict[str, dict[str, Any]]:
    """Return what Monitoring says of the environment's alarms now, by OCID."""
    rows = cloud.pages("monitoring", "list_alarms_status", environment.compartment_ocid, **filters)
    return {row["id"]: row for row in rows}


def apply_statuses(
    alarms: Iterable[Alarm], statuses: dict[str, dict[str, Any]], *, actor: str, job: object
) -> list[str]:
    """Store what was read and act on it; return in words what was done."""
    return [
        words
        for alarm in alarms
        if (words := _apply_status(alarm, statuses.get(alarm.ocid), actor=actor, job=job))
    ]


@transaction.atomic
def _apply_status(alarm: Alarm, row: dict[str, Any] | None, *, actor: str, job: object) -> str:
    """Work on one alarm under its lock, so that a poll and a read-back do not open two
    incidents.
    """
    alarm = (
        Alarm.objects.select_for_update(of=("self",)).select_related("environment").get(pk=alarm.pk)
    )
    before = alarm.status
    absent = GONE if alarm.is_enabled else DISABLED  # a disabled alarm has no status
    alarm.update_status(row["status"] if row else absent, triggered_at=_moment(row), at=now())
    if alarm.status != before:
        detail = {"before": before, "after": alarm.status, "name": alarm.name}
        audit(alarm.act(Verb.ALARM_READ), actor=actor, job=job, detail=detail)
    return _triage(alarm, actor=actor)


def _triage(alarm: Alarm, *, actor: str) -> str:
    incident = Incident.objects.of_alarm(alarm)
    verdict, words = triage.decide(alarm.reading, has_open=incident is not None)
    if verdict == triage.OPEN:
        incident = Incident.objects.open_for_alarm(alarm, actor=actor, words=words)
        return f"Opened incident {incident.pk}: {incident.title}"
    if incident is not None and verdict == triage.RESOLVE:
        incident.resolve(
            f"{words} Read from Monitoring at {now():%Y-%m-%d %H:%M:%S} UTC.", actor=actor
        )
        return f"Resolved incident {incident.pk}"
    if incident is not None and verdict == triage.KEEP:
        incident.note(words, actor=actor)
    return ""


def _update_definition(environment: Environment, row: dict[str, Any]) -> Alarm:
    query, namespace = row.get("query", ""), row.get("namespace", "")
    muted = row.get("suppression") or {}
    kind = triage.incident_type(namespace=namespace, query=query)
    values = {
        "environment": environment,
        "name": row["displayName"],
        "severity": row.get("severity", ""),
        "namespace": namespace,
        "query": query,
        "incident_type": kind.slug,
        "is_enabled": bool(row.get("isEnabled", True)),
        "muted_from": _time(muted.get("timeSuppressFrom")),
        "muted_until": _time(muted.get("timeSuppressUntil")),
        "muted_note": str(muted.get("description") or "")[:500],
    }
    return Alarm.objects.update_or_create(ocid=row["id"], defaults=values)[0]


def _moment(row: dict[str, Any] | None) -> datetime | None:
    return _time((row or {}).get("timestampTriggered"))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
