"""The refusals for a job that finds its place taken by another one."""

from django.db import IntegrityError

from portal.jobs.models.job_record import DEDUPE, PLACE, JobRecord
from portal.jobs.states import ACTIVE, JobState
from portal.lib.act import Act
from portal.lib.refusal import Refused


def refused_for(error: IntegrityError, job: JobRecord) -> Refused:
    """Return the refusal for a rule of the database that a job meets; raise any other error."""
    rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if rule not in (PLACE, DEDUPE):
        raise error
    act = Act("", environment=job.environment)
    if rule == PLACE:
        other = type(job).objects.holding(job.environment).exclude(pk=job.pk).first()
    else:
        other = type(job).objects.filter(kind=job.kind, dedupe=job.dedupe, state__in=ACTIVE).first()
    if other is None:
        where = job.environment or f"'{job.title}'"
        return Refused(f"Another job on {where} has just ended.", next_step="Try again.", act=act)
    if rule == DEDUPE:
        words = f"'{other.title}' is at work already: {other.get_absolute_url()}"
        return Refused(words, next_step="Wait until it has ended.", act=act)
    return environment_busy(other)


def environment_busy(other: JobRecord) -> Refused:
    """Return the refusal that names the job which has the environment."""
    act = Act("", f"job:{other.pk}", other.environment)
    about = f"'{other.title}' (started by {other.actor}): {other.get_absolute_url()}"
    if other.state == JobState.NEEDS_OPERATOR:
        return Refused(
            f"{other.environment} is kept by a job that needs an operator: {about}",
            next_step="Resume or cancel it there; an admin can also abandon it. Then try again.",
            act=act,
        )
    return Refused(
        f"{other.environment} is being changed by '{other.title}' ({other.state}, started by "
        f"{other.actor}): {other.get_absolute_url()}",
        next_step="Wait until it has ended, or cancel it, then try again.",
        act=act,
    )
