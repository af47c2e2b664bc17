"""An incident: something is wrong in an environment until there is proof that it is not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.db import IntegrityError, models, transaction
from django.urls import reverse

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.acts.reason import require_reason
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Refused
from portal.notifications import kinds
from portal.notifications.kinds import EventKind
from portal.notifications.outbox import EVERYBODY, Audience, notify
from releases.models import Deployment
from runbooks.models.alarm import Alarm
from runbooks.triage import FAILED_RELEASE, TYPES, IncidentType

KINDS = [(kind.slug, kind.title) for kind in TYPES.values()]


class IncidentState(models.TextChoices):
    """Where an incident stands."""

    OPEN = "open", "open"
    ACKNOWLEDGED = "acknowledged", "acknowledged"
    RESOLVED = "resolved", "resolved"


class IncidentSet(models.QuerySet["Incident"]):
    """Incidents by what is asked of them."""

    def open(self) -> "IncidentSet":
        """Return those that are not resolved, acknowledged or not."""
        return self.exclude(state=IncidentState.RESOLVED)

    def of_alarm(self, alarm: Alarm) -> "Incident | None":
        """Return the unresolved incident of an alarm: there is at most one."""
        return self.open().filter(alarm=alarm).first()

    def open_for_alarm(self, alarm: Alarm, *, actor: str, words: str) -> "Incident":
        """Open the alarm's incident, or return the one that was opened at the same moment."""
        made = Incident(
            environment=alarm.environment,
            alarm=alarm,
            kind=alarm.incident_type,
            severity=alarm.severity,
            title=f"{TYPES[alarm.incident_type].title}: {alarm.name}",
        )
        return made.create(actor=actor, words=words, existing=lambda: self.of_alarm(alarm))

    def open_for_deployment(self, deployment: Deployment, *, actor: str, words: str) -> "Incident":
        """Open the incident of a deployment that failed, or return the one it has."""
        made = Incident(
            environment=deployment.environment,
            deployment=deployment,
            kind=FAILED_RELEASE,
            severity="ERROR",
            title=f"{deployment.release.version} did not go live in {deployment.environment.slug}",
        )
        existing = self.filter(deployment=deployment)
        return made.create(actor=actor, words=words, existing=existing.first)

    def of_cause(self, environment: Environment, cause: str) -> "Incident | None":
        """Return the unresolved incident of what the portal itself found: there is at most one."""
        return self.open().filter(environment=environment, cause=cause).first()

    def open_for_cause(
        self,
        environment: Environment,
        cause: str,
        *,
        kind: str,
        title: str,
        actor: str,
        words: str,
    ) -> "Incident":
        """Open the incident of what the portal itself found, or return the one that is open."""
        known = self.of_cause(environment, cause)
        if known:
            return known
        made = Incident(
            environment=environment, cause=cause, kind=kind, severity="ERROR", title=title
        )
        return made.create(
            actor=actor, words=words, existing=lambda: self.of_cause(environment, cause)
        )


class Incident(models.Model):
    """One incident; its page is the runbook of its kind."""

    State = IncidentState

    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="incidents"
    )
    kind = models.CharField("type", max_length=40, choices=KINDS)
    alarm = models.ForeignKey(
        Alarm, models.SET_NULL, null=True, blank=True, related_name="incidents"
    )
    deployment = models.ForeignKey(
        "releases.Deployment", models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    cause = models.CharField(
        max_length=200, blank=True, help_text="What the portal itself found: which check."
    )
    title = models.CharField(max_length=300)
    severity = models.CharField(max_length=20, blank=True)
    state = models.CharField(
        max_length=16, choices=IncidentState.choices, default=IncidentState.OPEN
    )
    opened_at = models.DateTimeField(default=now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+"
    )
    escalations = models.PositiveSmallIntegerField(
        default=0,
        help_text="0: to no one yet, 1: to the person on call, 2: to all admins.",
    )
    escalated_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    proof = models.TextField(blank=True, help_text="How it is known to be over.")

    objects: ClassVar[Any] = IncidentSet.as_manager()

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["alarm"],
                condition=~models.Q(state="resolved"),
                name="one_open_incident_per_alarm",
            ),
            models.UniqueConstraint(fields=["deployment"], name="one_incident_per_deployment"),
            models.UniqueConstraint(
                fields=["environment", "cause"],
                condition=~models.Q(state="resolved") & ~models.Q(cause=""),
                name="one_open_incident_per_cause",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=IncidentState.values), name="incident_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="resolved")
                | (~models.Q(proof="") & models.Q(resolved_at__isnull=False)),
                name="resolved_with_proof",
            ),
        ]
        indexes = [models.Index(fields=["environment", "state"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the incident's page."""
        return reverse("incident", args=[self.pk])

    @property
    def type(self) -> IncidentType:
        """Return its kind."""
        return TYPES[self.kind]

    @property
    def is_open(self) -> bool:
        """Say whether it waits for its end."""
        return self.state != IncidentState.RESOLVED

    @property
    def lasted(self) -> timedelta:
        """Return how long it has lasted."""
        return (self.resolved_at or now()) - self.opened_at

    def can_acknowledge(self, user: object) -> bool:
        """Say whether the person may acknowledge it."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    can_resolve = can_acknowledge

    def create(
        self, *, actor: str, words: str, existing: Callable[[], "Incident | None"]
    ) -> "Incident":
        """Save a new incident with its first line, or return the one of the same cause."""
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                self.note(words, actor=actor)
                detail = {"type": self.kind, "title": self.title, "reason": words}
                audit(self.act(Verb.INCIDENT_OPENED), actor=actor, detail=detail)
                self._tell(kinds.INCIDENT_OPENED, words)
        except IntegrityError:
            found = existing()
            if found is None:
                raise
            return found
        return self

    def acknowledge(self, user: User) -> None:
        """Acknowledge it: everybody sees who is at work on it."""
        act = self.act(Verb.INCIDENT_ACKNOWLEDGED)
        allow(self.can_acknowledge(user), user, "acknowledge incidents", act)
        with transaction.atomic():
            moved = Incident.objects.filter(pk=self.pk, state=IncidentState.OPEN).update(
                state=IncidentState.ACKNOWLEDGED, acknowledged_at=now(), acknowledged_by=user
            )
            if moved != 1:
                raise self._too_late(act)
            self.note(f"Acknowledged by {user}.", actor=user.actor)
            audit(act, actor=user.actor)
            told = Audience(by=user.actor)
            self._tell(kinds.INCIDENT_ACKNOWLEDGED, f"By {user}.", audience=told)
        self.refresh_from_db()

    def resolve_by_hand(self, user: User, *, reason: str) -> None:
        """Resolve it on a person's word, which is kept as the proof."""
        act = self.act(Verb.INCIDENT_RESOLVED)
        allow(self.can_resolve(user), user, "resolve incidents", act)
        reason = require_reason(reason, act, why="how you know that it is over", longest=500)
        if not self.resolve(f"{user}: {reason}", actor=user.actor):
            raise self._too_late(act)

    def resolve(self, proof: str, *, actor: str) -> bool:
        """Resolve it with its proof; return whether this call did."""
        with transaction.atomic():
            moved = (
                Incident.objects.open()
                .filter(pk=self.pk)
                .update(state=IncidentState.RESOLVED, resolved_at=now(), proof=proof)
            )
            if moved:
                self.note(f"Resolved. {proof}", actor=actor)
                audit(self.act(Verb.INCIDENT_RESOLVED), actor=actor, detail={"proof": proof})
                told = Audience(by=actor)
                self._tell(kinds.INCIDENT_RESOLVED, proof, audience=told)
        self.refresh_from_db()
        return bool(moved)

    def escalate(self, level: int, people: list[User], words: str, *, actor: str) -> bool:
        """Tell these people that no one acknowledged it; return whether this call did."""
        with transaction.atomic():
            same = Incident.objects.filter(
                pk=self.pk, state=IncidentState.OPEN, escalations=self.escalations
            )
            if same.update(escalations=level, escalated_at=now()) != 1:
                return False
            self.note(words, actor=actor)
            detail = {"level": level, "told": [person.username for person in people]}
            audit(self.act(Verb.INCIDENT_ESCALATED), actor=actor, detail=detail)
            told = Audience(people=people, required=True)
            self._tell(kinds.INCIDENT_ESCALATED, words, audience=told, step=str(level))
        self.escalations = level
        return True

    def note(self, words: str, *, actor: str, url: str = "") -> None:
        """Add a line to the timeline, unless it would repeat the line before."""
        last = self.entries.order_by("-id").first()
        if last is None or last.words != words:
            self.entries.create(words=words, actor=actor, url=url)

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the incident."""
        return Act(verb, f"incident:{self.pk}", self.environment.slug)

    def _tell(
        self,
        kind: EventKind,
        words: str,
        *,
        audience: Audience = EVERYBODY,
        step: str = "",
    ) -> None:
        act = self.act(Verb.INCIDENT_OPENED)
        severity = f"Severity: {self.severity.lower()}. " if self.severity else ""
        notify(
            kind,
            act.environment,
            act.subject,
            self.title,
            severity + words,
            self.get_absolute_url(),
            f"{act.subject}:{kind.name}{step}",
            audience=audience,
        )

    def _too_late(self, act: Act) -> Refused:
        found = Incident.objects.select_related("acknowledged_by").get(pk=self.pk)
        who = f" by {found.acknowledged_by}" if found.state == IncidentState.ACKNOWLEDGED else ""
        return Refused(
            f"This incident is {found.get_state_display()} already{who}.",
            next_step="Open its page again: the timeline says who did what.",
            act=act,
        )


class Entry(models.Model):
    """A line of an incident's timeline."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="entries")
    at = models.DateTimeField(default=now)
    actor = models.CharField(max_length=200)
    words = models.TextField()
    url = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return self.words
