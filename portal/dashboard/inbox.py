"""One inbox: everything that waits for the person who looks."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from portal.accounts.models import User
from portal.dashboard.overview import light
from portal.jobs.models import Job
from releases.current import waiting_approvals, waiting_deployments
from runbooks.models import Incident


@dataclass(frozen=True)
class Item:
    """One thing that waits: what, where, since when."""

    kind: str
    title: str
    url: str
    environment: str
    since: datetime


def items(user: User) -> list[Item]:
    """Return what waits for this person, the oldest first; four queries."""
    found = [
        Item("approval", str(release), release.get_absolute_url(), release.environment.slug, release.requested_at)
        for release in waiting_approvals(user)
    ]
    found += [
        Item("approved", str(release), release.get_absolute_url(), release.environment.slug, release.requested_at)
        for release in waiting_deployments(user)
    ]
    found += [
        Item("incident", incident.title, incident.get_absolute_url(), incident.environment.slug, incident.opened_at)
        for incident in Incident.objects.open().filter(acknowledged_at=None).select_related("environment")
    ]
    found += [
        Item("parked job", job.title, job.get_absolute_url(), job.environment, job.created_at)
        for job in light(Job.objects.parked())
        if job.can_resume(user)
    ]
    return sorted(found, key=lambda item: item.since)


def badge(request: HttpRequest) -> str:
    """Return the number beside the sidebar's inbox; empty when nothing waits."""
    waiting = len(items(request.user)) if isinstance(request.user, User) else 0
    return str(waiting) if waiting else ""
