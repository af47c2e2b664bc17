"""The row of a job, and how the engine moves it from state to state."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Case, Q, Value, When
from django.urls import reverse

from portal.audit.trail import audit, audit_row
from portal.audit.verbs import Outcome, Verb
from portal.jobs.definition import JsonObject
from portal.jobs.interrupts import Fenced
from portal.jobs.kinds import find_kind
from portal.jobs.models.clock import DatabaseNow, database_now
from portal.jobs.models.job_sets import JobQuerySet
from portal.jobs.states import ACTIVE, TERMINAL, UNFINISHED, JobState
from portal.lib.act import Act
from portal.lib.redact import redact_words
from portal.lib.storable import storable
from portal.lib.tables import functions

_log = logging.getLogger(__name__)
PLACE = "one_unfinished_mutating_job_per_environment"
DEDUPE = "one_active_job_per_dedupe_key"


class JobRecord(models.Model):
    """What was ordered, by whom, its state, the worker that has it; the row is the truth."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    environment = models.CharField(
        max_length=64,
        blank=True,
        help_text="Short name of the environment; empty when it concerns none.",
    )
    mutating = models.BooleanField()
    state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value.replace("_", " ")) for s in JobState],
        default=JobState.QUEUED,
    )
    title = models.CharField(max_length=200)
    actor = models.CharField(max_length=200)
    spec = models.JSONField(default=dict)
    spec_digest = models.CharField(max_length=80)
    dedupe = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    code_version = models.IntegerField()
    accept_changes = models.BooleanField(
        default=False,
        db_default=False,
        help_text="An operator lets it go on by the steps that its kind has now.",
    )

    created_at = models.DateTimeField(db_default=DatabaseNow())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    deadline_seconds = models.FloatField(default=3600)
    deadline_at = models.DateTimeField(null=True)

    epoch = models.IntegerField(
        default=0, help_text="Raised by every claim: a worker with an older number cannot write."
    )
    owner = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True)
    next_wake_at = models.DateTimeField(null=True, db_default=DatabaseNow())
    crash_count = models.IntegerField(default=0)
    undoing = models.BooleanField(default=False, help_text="The compensation has begun.")
    cancel_requested_at = models.DateTimeField(null=True)
    cancel_requested_by = models.CharField(max_length=200, blank=True)

    superseded_by = models.UUIDField(
        null=True, editable=False, help_text="The job that took this one's environment over."
    )
    at_step = models.CharField(
        max_length=200, blank=True, help_text="The step that failed, or where the job is parked."
    )
    reason = models.TextField(blank=True)
    next_step = models.TextField(blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in JobState]), name="job_state_known"
            ),
            models.UniqueConstraint(
                fields=["environment"],
                condition=Q(mutating=True, state__in=sorted(UNFINISHED), superseded_by__isnull=True)
                & ~Q(environment=""),
                name=PLACE,
            ),
            models.UniqueConstraint(
                fields=["kind", "dedupe"],
                condition=Q(state__in=sorted(ACTIVE)) & ~Q(dedupe=""),
                name=DEDUPE,
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_wake_at"], condition=Q(state__in=sorted(ACTIVE)), name="job_due"
            ),
            models.Index(
                fields=["created_at"], condition=Q(state=JobState.NEEDS_OPERATOR), name="job_parked"
            ),
            models.Index(fields=["-created_at"], name="job_newest"),
            models.Index(fields=["environment", "-created_at"], name="job_environment_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the job's page."""
        return reverse("jobs:job", args=[self.pk])

    @property
    def as_actor(self) -> str:
        """Return how audit rows name this job when it acts."""
        return f"job:{self.pk}"

    @property
    def is_quiet(self) -> bool:
        """Say whether it leaves no audit rows of its own unless it calls something or fails.

        So are the looks that the portal orders by itself: thousands a day, and nothing found.
        """
        kind = None if self.mutating else find_kind(self.kind)
        return self.actor.startswith("system:") and kind is not None and kind.routine

    @property
    def over(self) -> bool:
        """Say whether the job has ended, one way or the other."""
        return self.state in TERMINAL

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the job."""
        return Act(verb, f"job:{self.pk}", self.environment)

    def audit(
        self, verb: Verb, actor: str, *, outcome: Outcome = Outcome.DONE, **detail: object
    ) -> None:
        """Write an audit row about this job."""
        about = {"title": self.title, "kind": self.kind, **detail}
        audit(self.act(verb), actor=actor, outcome=outcome, job=self.pk, detail=about)

    def audit_row(
        self, verb: Verb, actor: str, *, outcome: Outcome = Outcome.DONE, **detail: object
    ) -> dict[str, str]:
        """Return an audit row about this job, to be written with something else."""
        about = {"title": self.title, "kind": self.kind, **detail}
        return audit_row(self.act(verb), actor=actor, outcome=outcome, job=self.pk, detail=about)

    # --- transitions: each raises Fenced in a worker that has lost the job --------------

    def release(self, until: datetime) -> None:
        """Give the job back until the moment comes."""
        to = JobState.WAITING if self.state == JobState.RUNNING else JobState(self.state)
        # a cancel that came in after the last look must not wait for the moment
        cancelled = When(
            state=JobState.RUNNING, cancel_requested_at__isnull=False, then=DatabaseNow()
        )
        due = Case(cancelled, default=Value(until))
        self._advance(to, owner="", lease_until=None, next_wake_at=due)

    def begin_cancelling(self, now: datetime) -> None:
        """Start no new call; find out about the last ones."""
        self._advance(JobState.CANCELLING, deadline_at=now + self.time_limit)
        self._audit_state()

    def begin_undoing(self, now: datetime, **trouble: str) -> None:
        """Go into the compensation, for the trouble named, with fresh time."""
        deadline = now + self.time_limit
        self._advance(JobState.COMPENSATING, undoing=True, deadline_at=deadline, **trouble)
        self._audit_state(outcome=Outcome.DONE, **trouble)

    def park(self, *, at_step: str, reason: str, next_step: str) -> None:
        """Give the job to an operator."""
        trouble = {"at_step": at_step[:200], "reason": reason, "next_step": next_step}
        free = {"owner": "", "lease_until": None, "next_wake_at": None}
        with transaction.atomic():
            self._advance(JobState.NEEDS_OPERATOR, **free, **trouble)
            self._audit_state(outcome=Outcome.FAILED, **trouble)
            self._tell_parked()

    def _tell_parked(self) -> None:
        """Tell it in the same transaction; a fault there must not keep the job from parking."""
        for tell in functions("JOB_PARKED"):
            try:
                with transaction.atomic():
                    tell(self)
            except Exception:  # of any kind
                _log.exception("job %s is parked, and no one could be told", self.pk)

    def finish(
        self,
        to: JobState,
        now: datetime,
        *,
        result: JsonObject,
        audited: bool = True,
        **trouble: str,
    ) -> None:
        """End the job."""
        free = {"owner": "", "lease_until": None, "next_wake_at": None}
        self._advance(to, ended_at=now, result=result, **free, **trouble)
        outcome = Outcome.DONE if to == JobState.SUCCEEDED else Outcome.FAILED
        if audited:
            self._audit_state(outcome=outcome, **trouble)

    def cancel_unrunnable(self) -> None:
        """End a cancelled job whose kind no process has: it called nothing that must be undone."""
        now = database_now()
        if self.state != JobState.CANCELLING:
            self.begin_cancelling(now)
        self.finish(JobState.CANCELLED, now, result={})

    def park_unrunnable(self) -> None:
        """Park a job that no running worker can take."""
        here = find_kind(self.kind)
        if here is None:
            reason = f"No running worker has the job kind '{self.kind}'."
            next_step = (
                "Start a worker of the portal's version that has it, then resume the job; "
                "or abandon it."
            )
        else:
            reason = (
                f"The job was made by version {self.code_version} of '{self.kind}'; "
                f"the running workers have version {here.code_version}."
            )
            next_step = (
                "Start a worker of the newer version and resume the job. "
                "Or let the older code go on: resume or cancel it."
            )
        self.park(at_step="", reason=reason, next_step=next_step)

    def take_code(self, version: int) -> None:
        """Go on by the steps of this version of the code."""
        self._advance(JobState(self.state), code_version=version, accept_changes=False)

    @property
    def time_limit(self) -> timedelta:
        """Return how long the job may take from a fresh start."""
        return timedelta(seconds=self.deadline_seconds)

    def _advance(self, to: JobState, **fields: object) -> None:
        same = type(self).objects.filter(pk=self.pk, epoch=self.epoch, state=self.state)
        fields = {name: storable(_words(name, value)) for name, value in fields.items()}
        with transaction.atomic():
            # the lock waits for a step that is writing: what is written later is fenced
            if same.select_for_update(of=("self",)).values_list("pk").first() is None:
                raise Fenced
            same.update(state=to, **fields)
        self.state = to
        for name, value in fields.items():
            setattr(self, name, value)

    def _audit_state(self, *, outcome: Outcome = Outcome.DONE, **detail: object) -> None:
        self.audit(Verb.JOB_STATE, self.as_actor, outcome=outcome, to=self.state, **detail)


def _words(name: str, value: object) -> object:
    return redact_words(value) if name in ("reason", "next_step") else value
