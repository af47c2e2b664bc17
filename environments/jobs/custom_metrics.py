"""Figures that OCI does not measure itself, posted as metrics so that an alarm can watch them: dead letters."""

from datetime import timedelta
from typing import Any

from environments.blueprint.policies import METRICS
from environments.models import Environment
from portal.cloud.door import Door, door
from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, JobKind, Outcome, Step, StepContext
from portal.jobs.models import Job
from portal.lib.clock import now

INGESTION = "https://telemetry-ingestion.{region}.oraclecloud.com"  # metrics are taken there, not where they are asked for


class TellFigures(JobKind):
    """Counts the dead letters of each queue: the service shows them by its statistics alone, and no metric of it does."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=5)

    def title(self, job: Job) -> str:
        """Name it."""
        return "Tell figures to Monitoring"

    def steps(self, job: Job) -> list[Step]:
        """One step: count and tell, queue by queue."""
        return [Step("tell", self.tell, label="Count dead letters", attempts=2)]

    def tell(self, ctx: StepContext) -> Outcome:
        """Go on with the next environment when one cannot be asked: its alarm then has no data, and says so."""
        told: dict[str, Any] = {}
        for environment in Environment.objects.exclude(compartment_ocid=""):
            try:
                told[environment.slug] = dead_letters(environment, door(environment.home_region))
            except CloudError as error:
                told[environment.slug] = error.message
                ctx.say(f"{environment.slug}: {error}")
        return Done(told)


def dead_letters(environment: Environment, cloud: Door) -> int | None:
    """Post how many dead letters the environment's queue holds, and return it; nothing where there is no queue.

    A figure changes no resource, so it is in no ledger.
    """
    queue = environment.resource("queue")
    endpoint = queue.facts.get("messagesEndpoint") if queue else None
    if queue is None or not endpoint:
        return None
    stats = cloud.read("queue", "get_stats", queue.ocid, at=endpoint).data
    count = sum(int(stats["dlq"][name]) for name in ("visibleMessages", "inFlightMessages"))
    place = {} if cloud.who.endpoint else {"at": INGESTION.format(region=cloud.region)}
    cloud.change("monitoring", "post_metric_data", {"metricData": [_metric(environment, count)]}, **place)
    return count


def _metric(environment: Environment, count: int) -> dict[str, Any]:
    return {
        "namespace": METRICS,
        "compartmentId": environment.compartment_ocid,
        "name": "dead_letters",
        "dimensions": {"env": environment.slug},
        "datapoints": [{"timestamp": now().isoformat(), "value": count}],
    }
