"""Starts the scheduled smoke tests that are due, and deletes old results that passed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from environments.models import Environment
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.jobs.schedules import ACTOR
from portal.lib.clock import now
from releases.models import SmokeRun
from releases.smoke import probe

AGAIN = timedelta(minutes=1)  # after a first failure
MOST = 500


def start_due() -> list[str]:
    """Start a run where one is due and no job is changing it; return the slugs."""
    environments = Environment.objects.all()
    return [one.slug for one in environments if _is_due(one) and _start(one)]


def delete_old() -> int:
    """Delete old results that passed on schedule; return how many those were."""
    days = settings.RETENTION_DAYS["smoke_results"]
    if not days:
        return 0
    old = SmokeRun.objects.filter(
        origin=SmokeRun.Origin.SCHEDULE, passed=True, ended_at__lt=now() - timedelta(days=days)
    ).order_by("pk")
    chosen = list(old.values_list("pk", flat=True)[:MOST])
    return SmokeRun.objects.filter(pk__in=chosen).delete()[0] if chosen else 0


def due(minutes: int, runs: Sequence[tuple[datetime, bool]], at: datetime) -> bool:
    """Say whether to run now: pure. `runs` are the last as (when, passed), newest first; `minutes`
    0 is never.

    After a first failure it runs again after a minute: people hear of the second in a row only.
    """
    if not minutes:
        return False
    if not runs:
        return True
    passed = [good for _, good in runs]
    pause = timedelta(minutes=minutes)
    if not passed[0] and (len(passed) == 1 or passed[1]):
        pause = min(pause, AGAIN)
    return at - runs[0][0] >= pause


def _is_due(environment: Environment) -> bool:
    minutes = environment.setting("smoke_minutes")
    if not minutes or not probe.address(environment):
        return False
    last = (
        SmokeRun.objects.filter(environment=environment)
        .order_by("-id")
        .values_list("started_at", "passed")[:2]
    )
    return due(minutes, list(last), now())


def _start(environment: Environment) -> bool:
    slug = environment.slug
    if Job.objects.active(slug).filter(mutating=True).exists():
        return False
    spec = probe.job_spec(environment, SmokeRun.Origin.SCHEDULE)
    submit(probe.KIND, environment=slug, actor=ACTOR, spec=spec, dedupe=probe.dedupe_key(slug))
    return True
