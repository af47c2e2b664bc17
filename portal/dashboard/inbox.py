"""One inbox: everything that waits for the person who looks."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from environments.drift.waiting import open_drift
from portal.accounts.models import User
from portal.dashboard.overview import light
from portal.jobs.models import Job
from releases.current import expires_soon, open_reviews, waiting
from releases.models import Hold, Release, SmokeRun, SmokeTest
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
    """Return what waits for this person, the oldest first; a constant number of queries."""
    found = [_of_release(why, release) for why, release in waiting(user)]
    found += [
        Item("review", f"Broken glass: {one.release}", one.get_absolute_url(), one.environment.slug, one.opened_at)
        for one in open_reviews()
    ]
    found += [
        Item("hold", str(hold), hold.get_absolute_url(), hold.environment.slug, hold.placed_at)
        for hold in (Hold.objects.open() if Hold.can_lift(user) else ())
    ]
    found += [
        Item("incident", incident.title, incident.get_absolute_url(), incident.environment.slug, incident.opened_at)
        for incident in Incident.objects.open().filter(acknowledged_at=None).select_related("environment")
    ]
    found += [Item("drift", one.words, one.url, one.environment, one.since) for one in open_drift(user)]
    found += [
        Item("parked job", job.title, job.get_absolute_url(), job.environment, job.created_at)
        for job in light(Job.objects.parked())
        if job.can_resume(user)
    ]
    found += [
        Item("smoke test", failing.words, failing.newest.get_absolute_url(), failing.newest.environment.slug, failing.since)
        for failing in (SmokeRun.objects.failing() if SmokeTest.can_run(user) else ())
    ]
    return sorted(found, key=lambda item: item.since)


def _of_release(kind: str, release: Release) -> Item:
    """Return a release that waits; one whose time runs out soon says so."""
    words = f"{kind}, expires soon" if expires_soon(release) else kind
    return Item(words, str(release), release.get_absolute_url(), release.environment.slug, release.requested_at)


def badge(request: HttpRequest) -> str:
    """Return where the number beside the sidebar's inbox is found: asked after the page, so that no page waits for it."""
    return reverse("inbox-count")
