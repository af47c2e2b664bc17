"""Alarms that tell nobody when they fire: which, until when, by whom, and what a probe says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from environments.models import DriftItem, Environment
from releases.health import HEALTHY
from releases.models import Deployment
from runbooks.incidents import probe
from runbooks.models import Alarm, Incident

FIELDS = ("suppression", "isEnabled")  # of an alarm: what mutes it, as drift names it


@dataclass(frozen=True)
class MutedAlarm:
    """A muted alarm; `who` is as OCI Audit names them, empty while that is not known."""

    alarm: Alarm
    who: str
    since: datetime | None

    @property
    def words(self) -> str:
        """Say it in one line."""
        alarm = self.alarm
        if not alarm.is_enabled:
            said = "is disabled"
        elif alarm.muted_until:
            said = f"is muted until {alarm.muted_until:%Y-%m-%d %H:%M} UTC"
        else:
            said = "is muted"
        by = f" by {self.who}" if self.who else ""
        note = f": {alarm.muted_note}" if alarm.muted_note else ""
        return f"{alarm.name} {said}{by}{note}"


def muted_alarms(environment: Environment | None = None) -> list[MutedAlarm]:
    """Return the muted alarms, of one environment or of all; two queries."""
    alarms = Alarm.objects.muted().select_related("environment")
    found = list(alarms.filter(environment=environment) if environment else alarms)
    authors = _authors(found) if found else {}
    return [
        MutedAlarm(one, *authors.get(one.ocid, ("", one.muted_from or one.read_at)))
        for one in found
    ]


def check_by_probe(environment: Environment, *, actor: str) -> str:
    """Open an incident when an alarm is muted and ConceptLens does not answer as it must.

    Nobody would hear of it otherwise. The incident is of the muted alarm; return it in words.
    """
    muted = sorted(
        Alarm.objects.muted().filter(environment=environment),
        key=lambda one: one.incident_type != "api-5xx",
    )
    live = Deployment.objects.of(environment.pk).live().exists()
    if not muted or not live or not environment.api_url:
        return ""
    health = probe(environment)
    if health.state == HEALTHY or Incident.objects.of_alarm(muted[0]):
        return ""
    words = (
        f"{muted[0].name} is muted, and the portal's own probe of /health fails: {health.message}"
    )
    incident = Incident.objects.open_for_alarm(muted[0], actor=actor, words=words)
    return f"Opened incident {incident.pk}: {incident.title}"


def _authors(alarms: list[Alarm]) -> Mapping[str, tuple[str, datetime]]:
    items = DriftItem.objects.open().filter(ocid__in=[one.ocid for one in alarms], field__in=FIELDS)
    return {item.ocid: (item.who, item.first_seen) for item in items}
