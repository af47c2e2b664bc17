"""What the page of an incident asks: its history, and whether ConceptLens is healthy now."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from environments.models import Environment
from portal.accounts.actor import Actor
from portal.jobs.models import Job
from portal.lib.http import Client, NoReply, TimedOut
from releases.health import UNKNOWN, Health, judge
from runbooks.models import Entry, Incident

SHOWN = 200
SECONDS = 3
MAX_BODY = 64 * 1024


@dataclass(frozen=True)
class IncidentEvent:
    """One line of an incident's history."""

    at: datetime
    who: str
    words: str
    url: str = ""
    state: str = ""


def incident_events(incident: Incident) -> list[IncidentEvent]:
    """Return what was noted, and which jobs were started, the newest first; two queries."""
    jobs = Job.objects.filter(environment=incident.environment.slug)
    started = [
        IncidentEvent(
            job.created_at,
            Actor.parse(job.actor).name,
            job.title,
            job.get_absolute_url(),
            job.state,
        )
        for job in jobs.filter(spec__incident=str(incident.pk))[:SHOWN]
    ]
    noted = [_noted(entry) for entry in incident.entries.order_by("-id")[:SHOWN]]
    return sorted(noted + started, key=lambda event: event.at, reverse=True)


def open_incidents(environment: Environment, since: datetime) -> list[str]:
    """Return a sentence for each incident that opened since then and is not over."""
    found = Incident.objects.open().filter(environment=environment, opened_at__gte=since)
    return [
        f"incident {one.pk} is open in {environment.slug}: {one.title}"
        for one in found.order_by("id")[:5]
    ]


def probe(environment: Environment) -> Health:
    """Ask ConceptLens at the environment's address; no answer in time is unknown, not healthy."""
    if not environment.api_url:
        return Health(UNKNOWN, f"{environment.slug} has no address yet.")
    began = time.monotonic()
    try:
        client = Client(environment.api_url, max_body=MAX_BODY)
        reply = client.send("GET", "/health", headers={"Connection": "close"}, timeout=SECONDS)
    except TimedOut:
        hint = "it hangs, or a database accepts connections and does not answer"
        message = f"No answer within {SECONDS} s: {hint}."
    except (NoReply, ValueError) as error:  # ValueError: an address that is none
        message = f"It cannot be reached: {error}."
    else:
        return judge(reply.status, reply.body, time.monotonic() - began)
    return Health(UNKNOWN, message, time.monotonic() - began)


def _noted(entry: Entry) -> IncidentEvent:
    """Name who noted it: a person, or the portal, whose job is one click away."""
    actor = Actor.parse(entry.actor)
    if actor.kind == "job":
        url = entry.url or reverse("jobs:job", args=[actor.name])
        return IncidentEvent(entry.at, "the portal", entry.words, url)
    return IncidentEvent(entry.at, actor.name, entry.words, entry.url)
