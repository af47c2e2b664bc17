"""A job: what was ordered, by whom, where it stands, who holds it."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Case, Q, Value, When
from django.urls import reverse

from portal.accounts.roles import Role, has_role
from portal.audit.trail import record, row
from portal.audit.verbs import Outcome, Verb
from portal.jobs.doorbell import doorbell
from portal.jobs.interrupts import Fenced
from portal.jobs.kinds import find_kind, kind_named
from portal.jobs.models.clock import DatabaseNow, database_now
from portal.jobs.models.job_sets import JobQuerySet
from portal.jobs.models.worker import Worker
from portal.jobs.states import ACTIVE, BEGUN, OVER, TERMINAL, CallOutcome, State, StepState
from portal.lib.redact import redact
from portal.lib.refusal import Refused

log = logging.getLogger(__name__)
OPERATORS = {"cancel": (Role.DEPLOYER, Role.ADMIN), "resume": (Role.DEPLOYER, Role.ADMIN), "abandon": (Role.ADMIN,)}
PLAIN = [
    "kind",
    "environment",
    "mutating",
    "state",
    "title",
    "actor",
    "spec_digest",
    "result",
    "crash_count",
    "at_step",
    "reason",
]
PLAIN += ["next_step", "cancel_requested_by"]
MOMENTS = ["created_at", "started_at", "ended_at", "deadline_at", "next_wake_at", "cancel_requested_at"]


class Job(models.Model):
    """One order, worked through step by step; the row is the truth, messages about it are doorbells."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    environment = models.CharField(
        max_length=64, blank=True, help_text="Short name of the environment; empty when it concerns none."
    )
    mutating = models.BooleanField()
    state = models.CharField(max_length=16, choices=[(s.value, s.value.replace("_", " ")) for s in State], default=State.QUEUED)
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
        help_text="An operator lets the job go on although its steps changed: the next worker takes them as they now are.",
    )

    created_at = models.DateTimeField(db_default=DatabaseNow())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    deadline_seconds = models.FloatField(default=3600)
    deadline_at = models.DateTimeField(null=True)

    epoch = models.IntegerField(default=0, help_text="Raised by every claim: whoever holds an older number can write nothing.")
    owner = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True)
    next_wake_at = models.DateTimeField(null=True, db_default=DatabaseNow())
    crash_count = models.IntegerField(default=0)
    undoing = models.BooleanField(default=False, help_text="The compensation has begun.")
    cancel_requested_at = models.DateTimeField(null=True)
    cancel_requested_by = models.CharField(max_length=200, blank=True)

    at_step = models.CharField(max_length=200, blank=True, help_text="The step that failed, or where the job is parked.")
    reason = models.TextField(blank=True)
    next_step = models.TextField(blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[s.value for s in State]), name="job_state_known"),
            models.UniqueConstraint(
                fields=["environment"],
                condition=Q(mutating=True, state__in=sorted(ACTIVE)) & ~Q(environment=""),
                name="one_mutating_job_per_environment",
            ),
            models.UniqueConstraint(
                fields=["kind", "dedupe"],
                condition=Q(state__in=sorted(ACTIVE)) & ~Q(dedupe=""),
                name="one_active_job_per_dedupe_key",
            ),
        ]
        indexes = [
            models.Index(fields=["next_wake_at"], condition=Q(state__in=sorted(ACTIVE)), name="job_due"),
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
    def over(self) -> bool:
        """Say whether the job has ended, one way or the other."""
        return self.state in TERMINAL

    # --- what people may do with it -------------------------------------------------------------------------------

    @staticmethod
    def may(user: Any, act: str) -> bool:
        """Say whether the person's role lets him cancel, resume or abandon jobs at all."""
        return has_role(user, *OPERATORS[act])

    def can_cancel(self, user: Any) -> bool:
        """Say whether the person may cancel it: while it is not over nor being undone."""
        open_to_it = not self.over and not self.undoing and self.cancel_requested_at is None
        return open_to_it and self.may(user, "cancel")

    def can_resume(self, user: Any) -> bool:
        """Say whether the person may let it go on: when it is parked."""
        return self.state == State.NEEDS_OPERATOR and self.may(user, "resume")

    def can_abandon(self, user: Any) -> bool:
        """Say whether the person may give it up, leaving OCI as it is: when it is parked."""
        return self.state == State.NEEDS_OPERATOR and self.may(user, "abandon")

    def request_cancel(self, actor: str) -> None:
        """Ask for the job to be cancelled: it stops before its next call to OCI, finds out about the last one, then undoes."""
        with transaction.atomic():
            job = self._locked("cancel")
            if job.undoing or job.cancel_requested_at:
                parked = job.state == State.NEEDS_OPERATOR
                raise Refused(
                    f"{job.title} is being cancelled or undone already.",
                    next_step="Resume it: it goes on with that. Or give it up." if parked else "Wait for it to end.",
                )
            version = job.code_version if job.lease_until else job._version_to_run()
            if version is None and job.called_something:
                raise job._refused_for_kind("What it made cannot be undone.")
            state = State.CANCELLING if job.state == State.NEEDS_OPERATOR else State(job.state)
            times = {"cancel_requested_at": DatabaseNow(), "deadline_at": DatabaseNow() + job._time_given()}
            job._change(state, cancel_requested_by=actor, code_version=version or job.code_version, **times, **job._wake())
            job.told(Verb.JOB_CANCEL, actor)
            if version is None:
                job.cancel_unrunnable()
            job.ring()
        self.refresh_from_db()

    def resume(self, actor: str, *, looked: bool = False) -> None:
        """Let a parked job go on from where it stopped, with fresh attempts and a fresh deadline.

        When its steps changed since it was made, it goes on by those that the worker's code has.
        `looked` is the operator's word that he looked in OCI and the call of unknown outcome did not happen: it is then
        made anew, with a new token.
        """
        with transaction.atomic():
            job = self._locked("resume")
            if job.state != State.NEEDS_OPERATOR:
                raise Refused(f"{job.title} is not parked.", next_step="Only a job that needs an operator can be resumed.")
            version, kind = job._version_to_run(), find_kind(job.kind)
            if version is None:
                raise job._refused_for_kind("It cannot go on.")
            job._mend(looked=looked)
            job._change(
                job._resumed_state(),
                crash_count=0,
                code_version=version,
                accept_changes=True,
                deadline_at=DatabaseNow() + (kind.deadline if kind else job._time_given()),
                next_wake_at=DatabaseNow(),
                **dict.fromkeys(("at_step", "reason", "next_step"), ""),
            )
            job.told(Verb.JOB_RESUMED, actor, looked=looked)
            job.ring()
        self.refresh_from_db()

    def abandon(self, actor: str, reason: str) -> None:
        """Give up a parked job: it ends failed, nothing more is called, what was made in OCI stays.

        This is the way out that is always open: it needs neither the job's kind nor that the kind's code works.
        """
        with transaction.atomic():
            job = self._locked("abandon")
            if job.state != State.NEEDS_OPERATOR:
                raise Refused(f"{job.title} is not parked.", next_step="Cancel it instead.")
            job._change(State.FAILED, ended_at=DatabaseNow(), next_wake_at=None)
            problem = job._finish_product_rows()
            detail = {"reason": reason, **({"problem": problem} if problem else {})}
            job.told(Verb.JOB_STATE, actor, outcome=Outcome.FAILED, to=State.FAILED, **detail)
        self.refresh_from_db()

    def ring(self) -> None:
        """Tell a worker, after the commit."""
        transaction.on_commit(lambda: doorbell.ring(str(self.pk)), robust=True)

    # --- what the engine does with a job that it holds: refused, as Fenced, to whoever lost it ----------------------

    def release(self, until: datetime) -> None:
        """Give the job back until the moment comes."""
        to = State.WAITING if self.state == State.RUNNING else State(self.state)
        # a cancel that came in after the last look must not wait for the moment
        due = Case(When(state=State.RUNNING, cancel_requested_at__isnull=False, then=DatabaseNow()), default=Value(until))
        self._advance(to, owner="", lease_until=None, next_wake_at=due)

    def begin_cancelling(self, now: datetime) -> None:
        """Start no new call; find out about the last ones."""
        self._advance(State.CANCELLING, deadline_at=now + self._time_given())
        self._moved()

    def begin_undoing(self, now: datetime, **trouble: str) -> None:
        """Go into the compensation, for the trouble named, with fresh time."""
        self._advance(State.COMPENSATING, undoing=True, deadline_at=now + self._time_given(), **trouble)
        self._moved(outcome=Outcome.DONE, **trouble)

    def park(self, *, at_step: str, reason: str, next_step: str) -> None:
        """Give the job to an operator."""
        trouble = {"at_step": at_step, "reason": reason, "next_step": next_step}
        self._advance(State.NEEDS_OPERATOR, owner="", lease_until=None, next_wake_at=None, **trouble)
        self._moved(outcome=Outcome.FAILED, **trouble)

    def finish(self, to: State, now: datetime, *, result: dict[str, Any], **trouble: str) -> None:
        """End the job."""
        self._advance(to, owner="", lease_until=None, next_wake_at=None, ended_at=now, result=result, **trouble)
        self._moved(outcome=Outcome.DONE if to == State.SUCCEEDED else Outcome.FAILED, **trouble)

    def park_crashed(self) -> None:
        """Park the job that its workers keep dying of."""
        rows = self.step_rows.filter(state=StepState.RUNNING)
        at_step = ", ".join(row.name for row in rows)
        self.park(
            at_step=at_step,
            reason=f"The worker died {self.crash_count} times while it ran this job.",
            next_step="Read the worker's log (out of memory? a fault of the step?), mend the cause, then resume or cancel it.",
        )

    def cancel_unrunnable(self) -> None:
        """End a cancelled job whose kind no process has: it called nothing, so there is nothing to undo."""
        now = database_now()
        if self.state != State.CANCELLING:
            self.begin_cancelling(now)
        self.finish(State.CANCELLED, now, result={})

    def park_unrunnable(self) -> None:
        """Park a job that no running worker can take."""
        here = find_kind(self.kind)
        if here is None:
            reason = f"No running worker has the job kind '{self.kind}'."
            next_step = "Start a worker of the portal's version that has it, then resume the job; or give it up."
        else:
            reason = (
                f"The job was made by version {self.code_version} of '{self.kind}'; "
                f"the workers that run have version {here.code_version}."
            )
            next_step = (
                "Start a worker of the newer version and resume the job. Or let the older code go on: resume or cancel it."
            )
        self.park(at_step="", reason=reason, next_step=next_step)

    def take_code(self, version: int) -> None:
        """Go on by the steps of this version of the code."""
        self._advance(State(self.state), code_version=version, accept_changes=False)

    def _time_given(self) -> timedelta:
        return timedelta(seconds=self.deadline_seconds)

    def _advance(self, to: State, **fields: Any) -> None:
        held = Job.objects.filter(pk=self.pk, epoch=self.epoch, state=self.state)
        if held.update(state=to, **fields) != 1:
            raise Fenced
        self.state = to
        for name, value in fields.items():
            setattr(self, name, value)

    def _moved(self, *, outcome: Outcome = Outcome.DONE, **detail: str) -> None:
        self.told(Verb.JOB_STATE, self.as_actor, outcome=outcome, to=self.state, **detail)

    # --- what it knows of itself ----------------------------------------------------------------------------------

    def results(self) -> dict[str, dict[str, Any]]:
        """Return what each step left: its result, or what it remembered when it did not end."""
        left = {s.name: (s.result if s.state in OVER else s.memo) for s in self.step_rows.all()}
        return {name: value for name, value in left.items() if value}

    def as_dict(self) -> dict[str, Any]:
        """Return the job with its steps and calls as JSON values, for REST and for the page."""
        steps = [row.as_dict() for row in self.step_rows.prefetch_related("calls")]
        over = sum(1 for row in steps if row["state"] in OVER and not row["undo"])
        total = sum(1 for row in steps if not row["undo"])
        return {
            **{name: getattr(self, name) for name in PLAIN},
            **{name: at.isoformat() if (at := getattr(self, name)) else None for name in MOMENTS},
            "id": str(self.pk),
            "url": self.get_absolute_url(),
            "percent": 100 if self.state == State.SUCCEEDED else over * 100 // max(total, 1),
            "steps": steps,
        }

    @property
    def called_something(self) -> bool:
        """Say whether a call of this job changed something in OCI, or may have."""
        return self.step_rows.filter(calls__outcome__in=[CallOutcome.OPEN, CallOutcome.DONE, CallOutcome.UNKNOWN]).exists()

    def _version_to_run(self) -> int | None:
        """Return the code version to go on by: the job's own while a living worker has it, else that of this process.

        None when neither knows the kind.
        """
        if Worker.any_can_run(self.kind, self.code_version):
            return self.code_version
        here = find_kind(self.kind)
        return here.code_version if here else None

    def _refused_for_kind(self, consequence: str) -> Refused:
        return Refused(
            f"No running worker has the job kind '{self.kind}'. {consequence}",
            next_step="Start a worker of the portal's version that has it; or give the job up once it is parked.",
        )

    def _finish_product_rows(self) -> str:
        """Have the kind update the product's rows; return why it could not."""
        try:
            with transaction.atomic():
                kind = kind_named(self.kind)
                kind.finished(self, {kind.present_name(name): left for name, left in self.results().items()})
        except Exception as error:
            log.exception("job %s: its kind could not say how it ended", self.pk)
            problem = f"The portal's own rows could not be updated: {type(error).__name__}: {error}"
            self.log.create(line=redact(problem).replace("\x00", ""))
            return problem
        return ""

    def _locked(self, act: str) -> Job:
        job = Job.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if job.over:
            raise Refused(
                f"{job.title} is over ({job.state}): there is nothing to {act}.", next_step="Order it anew if it is needed."
            )
        return job

    def _change(self, to: State, **fields: Any) -> None:
        try:
            with transaction.atomic():
                Job.objects.filter(pk=self.pk).update(state=to, **fields)
        except IntegrityError as error:
            raise refused_for_running(self.environment) from error
        self.refresh_from_db()

    def _wake(self) -> dict[str, Any]:
        return {} if self.lease_until else {"next_wake_at": DatabaseNow()}

    def _resumed_state(self) -> State:
        if self.undoing:
            return State.COMPENSATING
        return State.CANCELLING if self.cancel_requested_at else State.WAITING

    def _mend(self, *, looked: bool) -> None:
        rows = self.step_rows.filter(state__in=[*BEGUN, StepState.PARKED])
        if looked:
            for row in rows:
                row.calls.filter(outcome__in=[CallOutcome.OPEN, CallOutcome.UNKNOWN]).update(outcome=CallOutcome.ABSENT)
        rows.update(
            state=StepState.WAITING,
            attempts=0,
            backoff=0,
            started_at=DatabaseNow(),
            wake_at=DatabaseNow(),
            error="",
            next_step="",
        )

    def told(self, verb: Verb, actor: str, *, outcome: Outcome = Outcome.DONE, **detail: Any) -> None:
        """Write an audit row about this job."""
        record(verb, actor=actor, outcome=outcome, detail=self._detail(detail), **self._names())

    def told_as(self, verb: Verb, actor: str, *, outcome: Outcome = Outcome.DONE, **detail: Any) -> dict[str, str]:
        """Return an audit row about this job, to be written with something else."""
        return row(verb, actor=actor, outcome=outcome, detail=self._detail(detail), **self._names())

    def _names(self) -> dict[str, str]:
        return {"subject": f"job:{self.pk}", "environment": self.environment, "job": str(self.pk)}

    def _detail(self, detail: dict[str, Any]) -> dict[str, Any]:
        return {"title": self.title, "kind": self.kind, **detail}


def refused_for_running(environment: str) -> Refused:
    """Return the refusal that names the job which has the environment."""
    running = Job.objects.active(environment).filter(mutating=True).first()
    if running is None:
        return Refused(f"Another job on {environment} has just ended.", next_step="Try again.", environment=environment)
    return Refused(
        f"{environment} is being changed by '{running.title}' ({running.state}, ordered by {running.actor}): "
        f"{running.get_absolute_url()}",
        next_step="Wait until it has ended, or cancel it, then try again.",
        subject=f"job:{running.pk}",
        environment=environment,
    )
