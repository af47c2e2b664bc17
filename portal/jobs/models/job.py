"""A job, and what people do with it."""

from __future__ import annotations

import logging
import uuid

from django.db import IntegrityError, transaction
from django.db.models.expressions import Combinable

from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Outcome, Verb
from portal.jobs.definition import JsonObject
from portal.jobs.doorbell import doorbell
from portal.jobs.kinds import find_kind, load_kind
from portal.jobs.models.busy import refused_for
from portal.jobs.models.clock import DatabaseNow
from portal.jobs.models.job_record import JobRecord
from portal.jobs.models.worker import Worker
from portal.jobs.states import BEGUN, OVER, CallOutcome, JobState, StepState
from portal.lib.act import Act
from portal.lib.redact import redact_words
from portal.lib.refusal import Refused

log = logging.getLogger(__name__)
OPERATORS = {
    "cancel": (Role.DEPLOYER, Role.ADMIN),
    "resume": (Role.DEPLOYER, Role.ADMIN),
    "abandon": (Role.ADMIN,),
}
JSON_FIELDS = (
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
    "next_step",
    "cancel_requested_by",
)
JSON_TIMES = (
    "created_at",
    "started_at",
    "ended_at",
    "deadline_at",
    "next_wake_at",
    "cancel_requested_at",
)
MAYBE_CHANGED = [CallOutcome.OPEN, CallOutcome.DONE, CallOutcome.UNKNOWN]


class Job(JobRecord):
    """One order, worked through step by step; messages about it are only doorbells."""

    class Meta(JobRecord.Meta):
        pass

    @staticmethod
    def may(user: object, act: str) -> bool:
        """Say whether the person's role lets them cancel, resume or abandon jobs at all."""
        return has_role(user, *OPERATORS[act])

    def can_cancel(self, user: object) -> bool:
        """Say whether the person may cancel it: while it is not over nor being undone."""
        asked = self.undoing or self.cancel_requested_at is not None
        return not (self.over or asked or self.superseded_by) and self.may(user, "cancel")

    def can_resume(self, user: object) -> bool:
        """Say whether the person may let it continue: when it is parked and not superseded."""
        parked = self.state == JobState.NEEDS_OPERATOR and not self.superseded_by
        return parked and self.may(user, "resume")

    def can_abandon(self, user: object) -> bool:
        """Say whether the person may abandon it, leaving OCI as it is: when it is parked."""
        return self.state == JobState.NEEDS_OPERATOR and self.may(user, "abandon")

    def request_cancel(self, actor: str) -> None:
        """Ask for a cancel: it starts no new call, finds out about the last one, then undoes.

        A job whose kind no process has just ends when it called nothing, and is refused otherwise.
        """
        with transaction.atomic():
            job = self._locked("cancel")
            job._refuse_superseded()
            if job.undoing or job.cancel_requested_at:
                raise job._refused_for_cancel()
            version = job.code_version if job.lease_until else job._version_to_run()
            if version is None and job.called_something:
                raise job._refused_for_kind("What it made cannot be undone.")
            parked = job.state == JobState.NEEDS_OPERATOR
            times: dict[str, Combinable] = {
                "cancel_requested_at": DatabaseNow(),
                "deadline_at": DatabaseNow() + job.time_limit,
            }
            if not job.lease_until:
                times["next_wake_at"] = DatabaseNow()
            job._change(
                JobState.CANCELLING if parked else JobState(job.state),
                cancel_requested_by=actor,
                code_version=version or job.code_version,
                **times,
            )
            job.audit(Verb.JOB_CANCEL, actor)
            if version is None:
                job.cancel_unrunnable()
            job.ring()
        self.refresh_from_db()

    def resume(self, actor: str, *, looked: bool = False) -> None:
        """Let a parked job go on from where it stopped, with fresh attempts and a fresh deadline.

        When its steps changed since it was made, it goes on by those of the worker's code.
        `looked` means that the operator looked in OCI and the call of unknown outcome did not
        happen: it is then made again, with a new token.
        """
        with transaction.atomic():
            job = self._locked("resume")
            if job.state != JobState.NEEDS_OPERATOR:
                raise Refused(
                    f"{job.title} is not parked.",
                    next_step="Only a job that needs an operator can be resumed.",
                )
            job._refuse_superseded()
            version, kind = job._version_to_run(), find_kind(job.kind)
            if version is None:
                raise job._refused_for_kind("It cannot go on.")
            job._reset_steps(looked=looked)
            job._change(
                job._resumed_state(),
                crash_count=0,
                code_version=version,
                accept_changes=True,
                deadline_at=DatabaseNow() + (kind.deadline if kind else job.time_limit),
                next_wake_at=DatabaseNow(),
                **dict.fromkeys(("at_step", "reason", "next_step"), ""),
            )
            job.audit(Verb.JOB_RESUMED, actor, looked=looked)
            job.ring()
        self.refresh_from_db()

    def abandon(self, actor: str, reason: str) -> None:
        """End a parked job as failed: nothing more is called, what was made in OCI stays.

        This way out is always open: it needs neither the job's kind nor that the kind's code works.
        """
        with transaction.atomic():
            job = self._locked("abandon")
            if job.state != JobState.NEEDS_OPERATOR:
                raise Refused(f"{job.title} is not parked.", next_step="Cancel it instead.")
            job._end_as_it_is(Verb.JOB_STATE, actor, {"reason": reason})
        self.refresh_from_db()

    def supersede(self, by: uuid.UUID, actor: str, words: str) -> bool:
        """End a parked job as failed, for the job `by` that takes its environment over.

        Call this in the transaction that submits `by`. Nothing more is called, nothing is undone:
        `by` answers for the environment from here on. False when the job is no longer parked.
        """
        job = Job.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if job.state != JobState.NEEDS_OPERATOR:
            return False
        reason = f"{words} took {job.environment} over. Parked before: {job.reason}"
        told = {"reason": reason, "next_step": "", "superseded_by": by}
        job._end_as_it_is(Verb.JOB_SUPERSEDED, actor, {"by": f"job:{by}", "reason": reason}, **told)
        self.refresh_from_db()
        return True

    def ring(self) -> None:
        """Tell a worker, after the commit."""
        transaction.on_commit(lambda: doorbell.ring(str(self.pk)), robust=True)

    def results(self) -> dict[str, JsonObject]:
        """Return what each step returned, or remembered when it did not end."""
        rows = self.step_rows.all()
        found = {row.name: row.result if row.state in OVER else row.memo for row in rows}
        return {name: value for name, value in found.items() if value}

    def as_dict(self) -> JsonObject:
        """Return the job with its steps and calls as JSON values."""
        steps = [row.as_dict() for row in self.step_rows.prefetch_related("calls")]
        forward = [step for step in steps if not step["undo"]]
        over = sum(step["state"] in OVER for step in forward)
        succeeded = self.state == JobState.SUCCEEDED
        times = {name: getattr(self, name) for name in JSON_TIMES}
        return {
            **{name: getattr(self, name) for name in JSON_FIELDS},
            **{name: at.isoformat() if at else None for name, at in times.items()},
            "id": str(self.pk),
            "url": self.get_absolute_url(),
            "percent": 100 if succeeded else over * 100 // max(len(forward), 1),
            "steps": steps,
        }

    @property
    def called_something(self) -> bool:
        """Say whether a call of this job changed something in OCI, or may have."""
        return self.step_rows.filter(calls__outcome__in=MAYBE_CHANGED).exists()

    def park_crashed(self) -> None:
        """Park a job whose workers keep dying."""
        running = self.step_rows.filter(state=StepState.RUNNING)
        self.park(
            at_step=", ".join(row.name for row in running),
            reason=f"The worker died {self.crash_count} times while it ran this job.",
            next_step=(
                "Read the worker's log (out of memory? a fault of the step?), fix the cause, "
                "then resume or cancel the job."
            ),
        )

    def _locked(self, act: str) -> Job:
        job = Job.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if job.over:
            raise Refused(
                f"{job.title} is over ({job.state}): there is nothing to {act}.",
                next_step="Order it again if it is needed.",
            )
        return job

    def _change(self, to: JobState, **fields: object) -> None:
        try:
            with transaction.atomic():
                Job.objects.filter(pk=self.pk).update(state=to, **fields)
        except IntegrityError as error:
            raise refused_for(error, self) from error
        self.refresh_from_db()

    def _resumed_state(self) -> JobState:
        if self.undoing:
            return JobState.COMPENSATING
        return JobState.CANCELLING if self.cancel_requested_at else JobState.WAITING

    def _reset_steps(self, *, looked: bool) -> None:
        """Give the steps that had begun fresh attempts and fresh time."""
        rows = self.step_rows.filter(state__in=[*BEGUN, StepState.PARKED])
        if looked:
            unknown = [CallOutcome.OPEN, CallOutcome.UNKNOWN]
            for row in rows:
                row.calls.filter(outcome__in=unknown).update(outcome=CallOutcome.ABSENT)
        rows.update(
            state=StepState.WAITING,
            attempts=0,
            backoff=0,
            started_at=DatabaseNow(),
            wake_at=DatabaseNow(),
            error="",
            next_step="",
        )

    def _version_to_run(self) -> int | None:
        """Return the version of the code to go on by; None when no process has the kind.

        That is the job's own while a living worker has it, else that of this process.
        """
        if Worker.any_can_run(self.kind, self.code_version):
            return self.code_version
        here = find_kind(self.kind)
        return here.code_version if here else None

    def _refuse_superseded(self) -> None:
        if self.superseded_by:
            raise Refused(
                f"{self.title} is superseded: a newer job has changed {self.environment} since.",
                next_step="An admin can abandon it. Then plan or order again what is still needed.",
                act=Act("", f"job:{self.pk}", self.environment),
            )

    def _refused_for_cancel(self) -> Refused:
        parked = self.state == JobState.NEEDS_OPERATOR
        return Refused(
            f"{self.title} is being cancelled or undone already.",
            next_step=(
                "Resume it: it goes on with that. Or abandon it."
                if parked
                else "Wait for it to end."
            ),
        )

    def _refused_for_kind(self, consequence: str) -> Refused:
        return Refused(
            f"No running worker has the job kind '{self.kind}'. {consequence}",
            next_step=(
                "Start a worker of the portal's version that has it; "
                "or abandon the job once it is parked."
            ),
        )

    def _end_as_it_is(
        self, verb: Verb, actor: str, detail: dict[str, object], **fields: object
    ) -> None:
        """End a parked job as failed, with the product's rows and the audit row."""
        self._change(JobState.FAILED, ended_at=DatabaseNow(), next_wake_at=None, **fields)
        if problem := self._finish_product_rows():
            detail["problem"] = problem
        self.audit(verb, actor, outcome=Outcome.FAILED, to=JobState.FAILED, **detail)

    def _finish_product_rows(self) -> str:
        """Have the kind update the product's rows; return why it could not."""
        try:
            with transaction.atomic():
                kind = load_kind(self.kind)
                results = {kind.present_name(name): one for name, one in self.results().items()}
                kind.finished(self, results)
        except Exception as error:  # of any kind: the job must end although its code is broken
            log.exception("job %s: its kind failed to end it", self.pk)
            words = "The portal's own rows could not be updated"
            problem = f"{words}: {type(error).__name__}: {error}"
            self.log.create(line=redact_words(problem).replace("\x00", ""))
            return problem
        return ""
