"""The jobs that compare environments with OCI, and count what OCI does not measure itself."""

from datetime import timedelta
from typing import Any

from environments.adoption import discover
from environments.blueprint.policies import METRICS
from environments.drift import detect
from environments.models import Environment
from portal.cloud.client import CloudClient, client
from portal.jobs.definition import Done, StepContext, StepResult, Stop
from portal.jobs.models import Job
from portal.jobs.routine import RoutineJob, for_each
from portal.lib.clock import now

INGESTION = "https://telemetry-ingestion.{region}.oraclecloud.com"  # where metrics are taken
CHANGING = ("environments.apply", "environments.destroy")


class Drift(RoutineJob):
    """Compares every environment with OCI and keeps the differences, every ten minutes and on
    demand.
    """

    deadline = timedelta(minutes=10)
    step, label = "look", "Compare with OCI"

    def title(self, job: Job) -> str:
        """Say for what."""
        return f"Drift of {job.environment or 'all environments'}"

    def perform(self, ctx: StepContext) -> StepResult:
        """Keep a report for each environment that was ever built."""
        slug, every = ctx.job.environment, Environment.objects.exclude(compartment_ocid="")
        chosen = every.filter(slug=slug) if slug else every
        return Done({environment.slug: _drift_of(environment) for environment in chosen})


class Discover(RoutineJob):
    """Looks into the compartment and the tenancy for what an environment could be made of."""

    routine = False
    deadline = timedelta(minutes=10)
    step, label = "look", "Discover and match"

    def title(self, job: Job) -> str:
        """Name the environment."""
        return f"Discover resources built by hand for {job.environment}"

    def perform(self, ctx: StepContext) -> StepResult:
        """Keep what was found; the job's page leads to it."""
        environment = Environment.objects.named(ctx.job.environment)
        found = discover.discover_for(environment, choices=ctx.spec.get("choices") or {})
        if found.problem:
            raise Stop(found.problem)
        ctx.say(f"{found.summary}.")
        page = {"url": f"{environment.get_absolute_url()}adopt/"}
        return Done({"page": page, "found": found.summary})


class PostCustomMetrics(RoutineJob):
    """Posts the dead letters of each queue as a metric: OCI has none, and an alarm watches it."""

    name = "Post custom metrics to Monitoring"
    step, label, attempts = "tell", "Count dead letters", 2

    def perform(self, ctx: StepContext) -> StepResult:
        """Go on where one environment cannot be asked: its alarm then has no data, and says so."""
        built = Environment.objects.exclude(compartment_ocid="")
        return Done(
            for_each(ctx, built, lambda one: post_dead_letters(one, client(one.home_region)))
        )


def post_dead_letters(environment: Environment, cloud: CloudClient) -> int | None:
    """Post how many dead letters the queue holds, and return it; None where there is no queue.

    A metric changes no resource, so it is in no ledger.
    """
    queue = environment.resource("queue")
    endpoint = queue.facts.get("messagesEndpoint") if queue else None
    if queue is None or not endpoint:
        return None
    letters = cloud.read("queue", "get_stats", queue.ocid, at=endpoint).data["dlq"]
    count = sum(int(letters[name]) for name in ("visibleMessages", "inFlightMessages"))
    place = {} if cloud.identity.endpoint else {"at": INGESTION.format(region=cloud.region)}
    body = {"metricData": [_metric(environment, count)]}
    cloud.change("monitoring", "post_metric_data", body, **place)
    return count


def _drift_of(environment: Environment) -> str:
    """Compare, but not while the portal itself changes it: half of an apply is no drift."""
    if Job.objects.active(environment.slug).filter(kind__in=CHANGING).exists():
        return "not compared: an apply is running"
    return detect.detect(environment).words


def _metric(environment: Environment, count: int) -> dict[str, Any]:
    return {
        "namespace": METRICS,
        "compartmentId": environment.compartment_ocid,
        "name": "dead_letters",
        "dimensions": {"env": environment.slug},
        "datapoints": [{"timestamp": now().isoformat(), "value": count}],
    }
