"""Sets off the scheduled smoke tests, and forgets the old ones that passed."""

from datetime import timedelta

from environments.models import Environment
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.jobs.schedules import ACTOR
from portal.lib.clock import now
from releases.models import SmokeRun
from releases.smoke import pace, probe

KEPT = timedelta(days=90)
MOST = 500


def set_off() -> list[str]:
    """Order a run for each environment where one is due, unless a job is changing it; return their names."""
    return [environment.slug for environment in Environment.objects.all() if _is_due(environment) and _order(environment)]


def forget_old() -> int:
    """Delete what passed on schedule long ago and return how many those were; failures and deployments stay."""
    old = SmokeRun.objects.filter(origin=SmokeRun.Origin.SCHEDULE, passed=True, ended_at__lt=now() - KEPT).order_by("pk")
    chosen = list(old.values_list("pk", flat=True)[:MOST])
    return SmokeRun.objects.filter(pk__in=chosen).delete()[0] if chosen else 0


def _is_due(environment: Environment) -> bool:
    minutes = environment.setting("smoke_minutes")
    if not minutes or not probe.address(environment):
        return False
    last = SmokeRun.objects.filter(environment=environment).order_by("-id").values_list("started_at", "passed")[:2]
    return pace.due(minutes, list(last), now())


def _order(environment: Environment) -> bool:
    slug = environment.slug
    if Job.objects.active(slug).filter(mutating=True).exists():
        return False
    submit(
        probe.KIND, environment=slug, actor=ACTOR, spec=probe.spec(environment, SmokeRun.Origin.SCHEDULE), dedupe=probe.key(slug)
    )
    return True
