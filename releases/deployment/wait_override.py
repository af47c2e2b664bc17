"""Letting a step go on that waits for computations: somebody decides, with a reason, that they may be lost."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.models import Job, StepRow
from portal.jobs.states import State, StepState
from portal.lib.refusal import Invalid, Refused
from releases.models import GoAhead

WAITING = (StepState.WAITING, StepState.RUNNING, StepState.PARKED)


def held_up(job: Job, steps: Iterable[StepRow] | None = None) -> StepRow | None:
    """Return the step of the job that waits for something that a person may decide to lose; None when there is none."""
    if job.over:
        return None
    found = job.step_rows.all() if steps is None else steps
    rows = [row for row in found if row.state in WAITING and row.memo.get("waits_for") and not row.memo.get("free")]
    given = set(GoAhead.objects.filter(job=job).values_list("step", flat=True)) if rows else set()
    return next((row for row in rows if row.name not in given), None)


def give(job: Job, user: User, reason: str) -> GoAhead:
    """Let it go on; a job that is parked there is resumed."""
    about: dict[str, Any] = {"subject": f"job:{job.pk}", "environment": job.environment}
    verb = Verb.RELEASE_GO_AHEAD
    allow(GoAhead.can_give(user), user, "let it go on", verb=verb, subject=about["subject"], environment=job.environment)
    if len(reason.strip()) < 3:
        raise Invalid("reason: say why what is being computed may be lost, in at least 3 characters.", verb=verb, **about)
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)  # it may have been parked since the page was made
        row = held_up(job)
        if row is None:
            raise Refused("It waits for nothing any more.", next_step="Look at the job's page.", verb=verb, **about)
        given = GoAhead.objects.create(
            job=job, step=row.name, waited_for=row.memo["waits_for"], reason=reason.strip()[:2000], given_by=user
        )
        record(
            verb,
            actor=user.actor,
            subject=about["subject"],
            environment=job.environment,
            job=job.pk,
            detail={"step": row.name, "waited_for": given.waited_for, "reason": given.reason},
        )
        if job.state == State.NEEDS_OPERATOR:
            job.resume(user.actor)
    return given
