"""What the front page shows of each environment, in a constant number of queries."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from environments.models import Environment
from portal.jobs.models import Job
from portal.jobs.states import State
from portal.lib.tone import tone
from releases.models import Deployment, Release
from runbooks.models import Incident

CARDS = 24


@dataclass(frozen=True)
class Card:
    """One environment at a glance."""

    environment: Environment
    resources: int
    live: Deployment | None
    standby: Deployment | None
    incidents: list[Incident]
    waiting: list[Release]
    parked: list[Job]
    job: Job | None

    @property
    def health(self) -> str:
        """Say in one word how it stands, from what the portal knows without asking OCI."""
        if self.incidents:
            return "incident"
        if self.parked:
            return "needs operator"
        if not self.resources:
            return "not provisioned"
        return "ok" if self.live else "idle"

    @property
    def health_tone(self) -> str:
        """Return the tone of that word."""
        return "bad" if self.incidents else tone(self.health)


def cards() -> list[Card]:
    """Return a card for each environment, in the order of promotion; six queries however many there are."""
    environments: list[Any] = list(Environment.objects.annotate(resource_count=Count("resources")))
    deployments = (
        Deployment.objects.filter(state__in=("live", "standby")).select_related("release").defer("release__plan").order_by("id")
    )
    live = {one.environment_id: one for one in deployments if one.state == "live"}
    standby = {one.environment_id: one for one in deployments if one.state == "standby"}
    incidents = _grouped(Incident.objects.open().order_by("-opened_at"))
    waiting = _grouped(Release.objects.awaiting_approval().defer("plan"))
    parked = _by_slug(light(Job.objects.parked()).order_by("-created_at"))
    placed = news().exclude(environment="").order_by("environment", "-created_at")
    jobs = {job.environment: job for job in placed.distinct("environment")}
    return [
        Card(
            environment=environment,
            resources=environment.resource_count,
            live=live.get(environment.pk),
            standby=standby.get(environment.pk),
            incidents=incidents.get(environment.pk, []),
            waiting=waiting.get(environment.pk, []),
            parked=parked.get(environment.slug, []),
            job=jobs.get(environment.slug),
        )
        for environment in environments
    ]


def shown(every: list[Card], page: str | None = None) -> Page[Card]:
    """Return one page of the cards; where they do not fit on one, those that need somebody come first."""
    if len(every) > CARDS:
        every = sorted(every, key=lambda card: not (card.incidents or card.parked or card.waiting))
    return Paginator(every, CARDS).get_page(page)


def news() -> QuerySet[Job]:
    """Return the jobs worth a look: what the portal did well by itself is no news."""
    return light(Job.objects.exclude(actor__startswith="system:", state=State.SUCCEEDED))


def light(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Leave out what a list does not show: orders and results of jobs are whole plans."""
    return jobs.defer("spec", "result")


def _by_slug(jobs: QuerySet[Job]) -> dict[str, list[Job]]:
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(job.environment, []).append(job)
    return groups


def _grouped(rows: Any) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.environment_id, []).append(row)
    return groups
