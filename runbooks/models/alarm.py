"""An alarm of an environment, as Monitoring last showed it, with the messages that hinted at it."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.notifications.kinds import ALARM_MUTED
from portal.notifications.outbox import notify
from runbooks.triage import TYPES, AlarmReading

SUSPENDED, DISABLED, GONE = "SUSPENDED", "DISABLED", "GONE"  # FIRING and OK are Monitoring's too
SILENT = (SUSPENDED, DISABLED)


class AlarmSet(models.QuerySet["Alarm"]):
    """Alarms by what is asked of them."""

    def hinted(self, ocids: list[str], *, at: datetime, vanished: bool | None) -> list["Alarm"]:
        """Note that a message spoke of these alarms, and whether it said that their metric
        vanished; return those we know.
        """
        found = self.filter(ocid__in=ocids)
        found.update(hinted_at=at, **({} if vanished is None else {"vanished": vanished}))
        return list(found.select_related("environment"))

    def muted(self) -> "AlarmSet":
        """Return those that exist and tell nobody when they fire."""
        at = now()
        asleep = models.Q(muted_from__lte=at, muted_until__gt=at)
        off = models.Q(is_enabled=False) | models.Q(status=SUSPENDED) | asleep
        return self.filter(off).exclude(status=GONE)


class Alarm(models.Model):
    """The portal's own row about an alarm in Monitoring; its state is only ever what a read
    of Monitoring said.
    """

    environment = models.ForeignKey(
        "environments.Environment", models.CASCADE, related_name="alarms"
    )
    ocid = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    severity = models.CharField(max_length=20, blank=True)
    namespace = models.CharField(max_length=255, blank=True)
    query = models.TextField(blank=True)
    incident_type = models.CharField(
        max_length=40, choices=[(kind.slug, kind.title) for kind in TYPES.values()]
    )
    status = models.CharField(
        max_length=20, default="UNKNOWN", help_text="What Monitoring said when it was last read."
    )
    triggered_at = models.DateTimeField(
        null=True, blank=True, help_text="When Monitoring saw the status begin."
    )
    read_at = models.DateTimeField(null=True, blank=True)
    hinted_at = models.DateTimeField(
        null=True, blank=True, help_text="When a message last spoke of it."
    )
    vanished = models.BooleanField(
        default=False,
        help_text="The last message said that its metric is gone: quiet is no proof then.",
    )

    is_enabled = models.BooleanField(default=True)
    muted_from = models.DateTimeField(
        null=True, blank=True, help_text="Since when Monitoring tells nobody that it fires."
    )
    muted_until = models.DateTimeField(null=True, blank=True)
    muted_note = models.TextField(blank=True, help_text="What the suppression says of itself.")

    objects: ClassVar[Any] = AlarmSet.as_manager()

    class Meta:
        ordering = ["environment", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address that leads to its open incident, else to its runbook."""
        return reverse("alarm", args=[self.environment.slug, self.name])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the alarm."""
        return Act(verb, f"alarm:{self.ocid}", self.environment.slug)

    @property
    def reading(self) -> AlarmReading:
        """Return what triage asks of it."""
        return AlarmReading(self.status, vanished=self.vanished)

    def update_status(self, status: str, *, triggered_at: datetime | None, at: datetime) -> None:
        """Store what Monitoring says now; a firing alarm has its metric again.

        The caller holds a transaction. An alarm that is muted is told.
        """
        muted = status in SILENT and self.status not in SILENT
        self.status, self.triggered_at, self.read_at = status, triggered_at, at
        fields = ["status", "triggered_at", "read_at"]
        if status == "FIRING":
            self.vanished = False
            fields.append("vanished")
        self.save(update_fields=fields)
        if muted:
            self._tell_muted(at)

    def _tell_muted(self, at: datetime) -> None:
        act = self.act(Verb.ALARM_READ)
        how = "disabled" if self.status == DISABLED else "muted"
        until = f" It ends on {self.muted_until:%Y-%m-%d %H:%M} UTC." if self.muted_until else ""
        notify(
            ALARM_MUTED,
            act.environment,
            act.subject,
            f"{self.name} is {how} in {act.environment}",
            f"It tells no one when it fires.{until} {self.muted_note}".strip(),
            self.get_absolute_url(),
            f"alarm:{self.pk}:muted:{at.isoformat()}",
        )
