"""What the front page shows of each environment, in a constant number of queries."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from environments.models import Environment, ManagedResource
from portal.jobs.models import Job
from releases.models import Deployment, Release
from runbooks.models import Incident


@dataclass(frozen=True)
class Card:
    """One environment at a glance."""

    environment: Environment
    resources: int
    live: Deployment | None
    standby: Deployment | None
    incidents: list[Incident]
    waiting: list[Release]
    job: Job | None

    @property
    def health(self) -> str:
        """Say in one word how it stands, from what the portal knows without asking OCI."""
        if not self.resources:
            return "not provisioned"
        if self.incidents:
            return "firing"
        return "ok" if self.live else "idle"

    @property
    def health_tone(self) -> str:
        """Return the tone of that word."""
        return {"firing": "bad", "ok": "ok"}.get(self.health, "idle")


def cards() -> list[Card]:
    """Return a card for each environment, in the order of promotion; six queries however many there are."""
    environments = list(Environment.objects.all())
    resources = Counter(ManagedResource.objects.values_list("environment_id", flat=True))
    deployments = Deployment.objects.filter(state__in=("live", "standby")).select_related("release").order_by("id")
    live = {one.environment_id: one for one in deployments if one.state == "live"}
    standby = {one.environment_id: one for one in deployments if one.state == "standby"}
    incidents = _grouped(Incident.objects.open().order_by("-opened_at"))
    waiting = _grouped(Release.objects.awaiting_approval())
    jobs = {
        job.environment: job
        for job in Job.objects.exclude(environment="").order_by("environment", "-created_at").distinct("environment")
    }
    return [
        Card(
            environment=environment,
            resources=resources[environment.pk],
            live=live.get(environment.pk),
            standby=standby.get(environment.pk),
            incidents=incidents.get(environment.pk, []),
            waiting=waiting.get(environment.pk, []),
            job=jobs.get(environment.slug),
        )
        for environment in environments
    ]


def _grouped(rows: Any) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.environment_id, []).append(row)
    return groups
