"""Overriding a wait for computations: a person decides that they may be lost."""

from collections.abc import Iterable

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.acts.reason import require_reason
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.models import Job, StepRow
from portal.jobs.states import JobState, StepState
from portal.lib.act import Act
from portal.lib.refusal import Refused
from releases.models import WaitOverride

WAITING = (StepState.WAITING, StepState.RUNNING, StepState.PARKED)


def held_up(job: Job, steps: Iterable[StepRow] | None = None) -> StepRow | None:
    """Return the step of the job whose wait a person may override; None when there is none."""
    if job.over:
        return None
    found = job.step_rows.all() if steps is None else steps
    rows = [
        row
        for row in found
        if row.state in WAITING and row.memo.get("waits_for") and not row.memo.get("free")
    ]
    overrides = WaitOverride.objects.filter(job=job).values_list("step", flat=True)
    known = set(overrides) if rows else set()
    return next((row for row in rows if row.name not in known), None)


def override(job: Job, user: User, reason: str) -> WaitOverride:
    """Let the step go on without what it waits for; a job that is parked there is resumed."""
    act = Act(Verb.RELEASE_GO_AHEAD, f"job:{job.pk}", job.environment)
    allow(WaitOverride.can_give(user), user, "override the wait of a step", act)
    reason = require_reason(reason, act, why="why what is being computed may be lost")
    with transaction.atomic():
        # It may have been parked since the page was made.
        job = Job.objects.select_for_update().get(pk=job.pk)
        row = held_up(job)
        if row is None:
            raise Refused("It is no longer waiting.", next_step="Open the job's page.", act=act)
        made = WaitOverride.objects.create(
            job=job, step=row.name, waited_for=row.memo["waits_for"], reason=reason, given_by=user
        )
        detail = {"step": row.name, "waited_for": made.waited_for, "reason": reason}
        audit(act, actor=user.actor, job=job.pk, detail=detail)
        if job.state == JobState.NEEDS_OPERATOR:
            job.resume(user.actor)
    return made
