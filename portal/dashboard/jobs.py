"""Jobs on the dashboard: the last ones, the parked ones, those that changed an environment."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from portal.accounts.models import User
from portal.dashboard.card import Card, CardCondition
from portal.dashboard.inbox import Item
from portal.dashboard.timeline.mark import MOST, Lane, Mark, Span
from portal.jobs.models import ChangeFreeze, Job
from portal.jobs.states import JobState
from portal.lib.tone import tone


def add_to_cards(cards: list[Card]) -> None:
    """Add the parked jobs, and the last one, of each environment."""
    parked: dict[str, list[Job]] = {}
    for job in light(Job.objects.parked()).order_by("-created_at"):
        parked.setdefault(job.environment, []).append(job)
    placed = recent().exclude(environment="").order_by("environment", "-created_at")
    last = {job.environment: job for job in placed.distinct("environment")}
    frozen = {one.environment for one in ChangeFreeze.objects.filter(lifted_at=None)}
    for card in cards:
        if frozen & {"", card.slug}:
            card.conditions.append(
                CardCondition(0, "changes frozen", tone("changes frozen"), urgent=True)
            )
        card.parts |= {"parked": parked.get(card.slug, []), "job": last.get(card.slug)}
        if card.parts["parked"]:
            card.conditions.append(
                CardCondition(1, "needs operator", tone("needs operator"), urgent=True)
            )


def inbox(user: User) -> list[Item]:
    """Return the change freezes in force, and the parked jobs that this person may resume."""
    frozen = [
        Item("change freeze", one.words, one.get_absolute_url(), one.environment, one.started_at)
        for one in ChangeFreeze.objects.filter(lifted_at=None)
    ]
    return frozen + [
        Item("parked job", job.title, job.get_absolute_url(), job.environment, job.created_at)
        for job in light(Job.objects.parked())
        if job.can_resume(user)
    ]


def timeline(slug: str, span: Span) -> Iterator[Mark]:
    """Yield what changed the environment: deployments, rollbacks, scalings, applies."""
    changing = Job.objects.filter(environment=slug, mutating=True, created_at__lte=span.end)
    changing = changing.filter(Q(ended_at=None) | Q(ended_at__gte=span.begin))
    for job in light(changing).order_by("-created_at")[:MOST]:
        where = Lane.DEPLOYMENTS if job.kind.startswith("releases.") else Lane.RESOURCES
        words = (
            job.title
            if job.state == JobState.SUCCEEDED
            else f"{job.title}: {job.get_state_display()}"
        )
        begin, who = job.started_at or job.created_at, job.actor.partition(":")[2]
        short = job.kind.rpartition(".")[2].replace("_", " ")
        yield Mark(
            where,
            begin,
            words,
            tone(job.state),
            job.ended_at,
            not job.over,
            who,
            job.get_absolute_url(),
            short,
        )


def recent() -> QuerySet[Job]:
    """Return the jobs worth a look: a routine job that succeeded is no news."""
    return light(Job.objects.exclude(actor__startswith="system:", state=JobState.SUCCEEDED))


def light(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Leave out what a list does not show: orders and results of jobs are whole plans."""
    return jobs.defer("spec", "result")
