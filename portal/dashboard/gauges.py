"""The numbers behind /metrics: jobs and audit from the database at the moment of asking,
requests from the web processes.
"""

import os
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Min
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from portal.audit.checkpoint import latest, sealed
from portal.audit.models import Event
from portal.jobs.health import health
from portal.jobs.models import Job
from portal.jobs.models.clock import database_now
from portal.jobs.states import JobState


def registry() -> CollectorRegistry:
    """Return the numbers of now. With PROMETHEUS_MULTIPROC_DIR set, requests are those of all
    web processes together.
    """
    numbers = CollectorRegistry()
    numbers.register(FromTheDatabase())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(numbers)  # type: ignore[no-untyped-call]
    else:
        numbers.register(FromThisProcess())
    return numbers


class FromThisProcess(Collector):
    """The request counters of the process that answers."""

    def collect(self) -> Iterator[Metric]:
        """Yield our own counters."""
        return (metric for metric in REGISTRY.collect() if metric.name.startswith("portal_"))


class FromTheDatabase(Collector):
    """Jobs, workers and the audit trail."""

    def collect(self) -> Iterator[Metric]:
        """Yield one family after the other."""
        yield self._jobs()
        yield self._one(
            "portal_job_oldest_queued_seconds",
            "Age of the oldest queued job.",
            _age_of_oldest_queued(),
        )
        found = health()
        for name in ("workers", "parked", "stuck"):
            yield self._one(
                f"portal_jobs_{name}",
                f"Number of {name} {'alive' if name == 'workers' else 'jobs'}.",
                found[name],
            )
        yield self._one("portal_audit_rows", "Rows of the audit trail that are sealed.", sealed())
        yield self._one(
            "portal_audit_unsealed_rows",
            "Rows of the last hour that wait for their seal.",
            unsealed(),
        )
        last = latest()
        age = (database_now() - last.at).total_seconds() if last else -1.0
        yield self._one(
            "portal_audit_checkpoint_age_seconds",
            "Age of the last signed checkpoint; -1 when there is none.",
            age,
        )

    def _jobs(self) -> Metric:
        family = GaugeMetricFamily("portal_jobs", "Jobs by state.", labels=["state"])
        counts = dict(Job.objects.values_list("state").annotate(Count("id")))
        for state in JobState:
            family.add_metric([state.value], counts.get(state.value, 0))
        return family

    def _one(self, name: str, words: str, value: float) -> Metric:
        return GaugeMetricFamily(name, words, value=value)


def unsealed(older_than: timedelta = timedelta(0)) -> int:
    """Return how many rows of the last hour are not sealed although they are old enough."""
    moment = database_now()
    recent = Event.objects.filter(at__gt=moment - timedelta(hours=1), at__lte=moment - older_than)
    return recent.filter(seal__isnull=True).count()


def _age_of_oldest_queued() -> float:
    oldest = Job.objects.filter(state=JobState.QUEUED).aggregate(at=Min("created_at"))["at"]
    return (database_now() - oldest).total_seconds() if oldest else 0.0
