"""Ordering a job: the row in the caller's transaction, the doorbell after its commit."""

from typing import Any

from django.db import IntegrityError, transaction

from portal.audit.trail import record
from portal.audit.verbs import Outcome, Verb
from portal.jobs.definition import JobKind, Step
from portal.jobs.kinds import kind_named
from portal.jobs.models import Job, StepRow
from portal.jobs.models.job import refused_for_running
from portal.jobs.states import ACTIVE
from portal.jobs.token import value_digest


def submit(
    kind: str, *, environment: str = "", spec: dict[str, Any] | None = None, actor: str, title: str = "", dedupe: str = ""
) -> Job:
    """Order a job and return it.

    Raises Refused, naming the other job, when a mutating job is queued or at work on the environment already. With
    `dedupe`, an active job of the same kind and key is returned instead of a second one.
    """
    made_by = kind_named(kind)
    job = _described(made_by, kind, environment, spec or {}, actor, title, dedupe)
    steps = made_by.steps(job)
    _check(kind, steps)
    try:
        with transaction.atomic():  # a job without its steps must never be seen: a sweep may come at any moment
            job.save(force_insert=True)
            StepRow.objects.bulk_create(
                StepRow(job=job, name=step.name, label=step.label or step.name, position=position)
                for position, step in enumerate(steps)
            )
            _tell(job)
    except IntegrityError as error:
        existing = Job.objects.filter(kind=kind, dedupe=dedupe, state__in=ACTIVE).first() if dedupe else None
        if existing is None:
            raise refused_for_running(environment) from error
        return existing
    job.ring()
    return job


def _check(kind: str, steps: list[Step]) -> None:
    """Stop a graph that could never end before anybody waits for it: it is a fault of the job kind."""
    names = [step.name for step in steps]
    double = sorted({name for name in names if names.count(name) > 1})
    unknown = sorted({need for step in steps for need in step.needs} - set(names))
    if double or unknown:
        raise ValueError(f"{kind}: steps of the same name: {double}; needs that are no step: {unknown}")


def _described(made_by: JobKind, kind: str, environment: str, spec: dict[str, Any], actor: str, title: str, dedupe: str) -> Job:
    job = Job(kind=kind, environment=environment, mutating=made_by.mutating, actor=actor, spec=spec, dedupe=dedupe, title=title)
    job.spec_digest = value_digest(spec)
    job.deadline_seconds = made_by.deadline.total_seconds()
    job.code_version = made_by.code_version
    job.title = (title or made_by.title(job))[:200]
    return job


def _tell(job: Job) -> None:
    record(
        Verb.JOB_SUBMITTED,
        actor=job.actor,
        subject=f"job:{job.pk}",
        environment=job.environment,
        outcome=Outcome.ADMITTED,
        job=job.pk,
        detail={"kind": job.kind, "title": job.title, "spec_digest": job.spec_digest},
    )
