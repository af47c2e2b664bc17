"""Named sets of jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from portal.jobs.models.clock import DatabaseNow
from portal.jobs.states import ACTIVE, TERMINAL, JobState

if TYPE_CHECKING:
    from portal.jobs.models.job import Job  # noqa: F401

OVERDUE_SECONDS = 60
MOST_CRASHES = 5  # deaths of workers after which a job is parked


class JobQuerySet(models.QuerySet["Job"]):
    """Named sets of jobs."""

    def active(self, environment: str) -> JobQuerySet:
        """Return the jobs of an environment that run, wait or are queued."""
        return self.filter(environment=environment, state__in=ACTIVE)

    def holding(self, environment: str) -> JobQuerySet:
        """Return the mutating job that has the environment, at work or parked: one at most."""
        unfinished = self.unfinished().filter(environment=environment, mutating=True)
        return unfinished.filter(superseded_by__isnull=True)

    def unfinished(self) -> JobQuerySet:
        """Return the jobs that are not over, the parked ones too."""
        return self.exclude(state__in=TERMINAL)

    def parked(self) -> JobQuerySet:
        """Return the jobs that wait for an operator."""
        return self.filter(state=JobState.NEEDS_OPERATOR)

    def poisoned(self) -> JobQuerySet:
        """Return the parked jobs whose workers died of them."""
        return self.parked().filter(crash_count__gte=MOST_CRASHES)

    def unheld(self, overdue: timedelta) -> JobQuerySet:
        """Return the jobs that no worker has taken although they have been due for so long."""
        return self.filter(
            state__in=ACTIVE, lease_until__isnull=True, next_wake_at__lt=DatabaseNow() - overdue
        )

    def stuck(self) -> JobQuerySet:
        """Return the jobs that no worker and no timer will move; should be empty."""
        long_ago = DatabaseNow() - timedelta(seconds=OVERDUE_SECONDS)
        unowned = Q(lease_until__isnull=True) & (
            Q(next_wake_at__isnull=True) | Q(next_wake_at__lt=long_ago)
        )
        return self.filter(state__in=ACTIVE).filter(unowned | Q(lease_until__lt=long_ago))

    def runnable(self, kinds: Mapping[str, int]) -> JobQuerySet:
        """Return the jobs of these kinds that were made by this version of their code or before."""
        made_by = Q(pk=None)
        for version in set(kinds.values()):
            made_by |= Q(
                kind__in=[name for name, here in kinds.items() if here == version],
                code_version__lte=version,
            )
        return self.filter(made_by)

    def seconds_to_next(self) -> float | None:
        """Return how long until the next job without a worker is due; None when there is none."""
        idle = self.filter(state__in=ACTIVE, lease_until__isnull=True).order_by("next_wake_at")
        wait = (
            idle.annotate(wait=F("next_wake_at") - DatabaseNow())
            .values_list("wait", flat=True)
            .first()
        )
        return None if wait is None else max(wait.total_seconds(), 0.0)
