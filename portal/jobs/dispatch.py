"""Ordering a job: the row in the caller's transaction, the doorbell after its commit."""

import uuid

from django.db import IntegrityError, transaction

from portal.audit.verbs import Outcome, Verb
from portal.jobs.definition import JobKind, JsonObject, Step
from portal.jobs.kinds import load_kind
from portal.jobs.models import Job, StepRow
from portal.jobs.models.busy import refused_for
from portal.jobs.models.change_freeze import refuse_while_frozen
from portal.jobs.states import ACTIVE, JobState
from portal.jobs.token import value_digest


def submit(
    kind: str,
    *,
    environment: str = "",
    spec: JsonObject | None = None,
    actor: str,
    title: str = "",
    dedupe: str = "",
    pk: uuid.UUID | None = None,
) -> Job:
    """Order a job and return it.

    Raises Refused, naming the other job, when a mutating job has the environment already: queued,
    at work or parked. With `dedupe`, an active job of the same kind and key is returned instead of
    a second one; of a routine kind a parked one too, which killed its workers and would again.
    `pk` is the id that was given to `supersede`.
    """
    job_kind, spec = load_kind(kind), spec or {}
    if job_kind.routine and dedupe:
        poison = Job.objects.poisoned().filter(kind=kind, dedupe=dedupe).first()
        if poison is not None:
            return poison
    job = Job(
        pk=pk or uuid.uuid4(),
        kind=kind,
        environment=environment,
        actor=actor,
        spec=spec,
        dedupe=dedupe,
    )
    steps = job_kind.steps(job)
    _fill_in(job, job_kind, title, steps)
    _check_graph(kind, steps)
    try:
        # in one transaction: a sweep may come at any moment and must not see a job without steps
        with transaction.atomic():
            if job.mutating:
                refuse_while_frozen(environment)
            job.save(force_insert=True)
            StepRow.objects.bulk_create(
                StepRow(job=job, name=step.name, label=step.label or step.name, position=position)
                for position, step in enumerate(steps)
            )
            if not job.is_quiet:
                detail = {"spec_digest": job.spec_digest}
                job.audit(Verb.JOB_SUBMITTED, job.actor, outcome=Outcome.ADMITTED, **detail)
    except IntegrityError as error:
        active = Job.objects.filter(kind=kind, dedupe=dedupe, state__in=ACTIVE)
        existing = active.first() if dedupe else None
        if existing is None:
            raise refused_for(error, job) from error
        return existing
    job.ring()
    return job


def supersede(environment: str, *, actor: str, words: str) -> tuple[uuid.UUID, Job | None]:
    """End the parked job that has the environment, if there is one, for the job submitted next.

    Return the id to submit that job with, and the parked one as it ended. Call this in the
    transaction that submits; `words` say what takes over, with a capital letter.
    """
    by = uuid.uuid4()
    parked = Job.objects.holding(environment).filter(state=JobState.NEEDS_OPERATOR).first()
    return by, parked if parked and parked.supersede(by, actor, words) else None


def _fill_in(job: Job, kind: JobKind, title: str, steps: list[Step]) -> None:
    job.mutating = kind.mutating
    job.spec_digest = value_digest(job.spec)
    job.deadline_seconds = kind.limit(steps).total_seconds()
    job.code_version = kind.code_version
    job.title = (title or kind.title(job))[:200]


def _check_graph(kind: str, steps: list[Step]) -> None:
    """Raise for a graph that could never end: it is a fault of the job kind."""
    names = [step.name for step in steps]
    double = sorted({name for name in names if names.count(name) > 1})
    unknown = sorted({need for step in steps for need in step.needs} - set(names))
    if double or unknown:
        raise ValueError(
            f"{kind}: steps of the same name: {double}; needs that are no step: {unknown}"
        )
