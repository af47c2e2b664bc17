"""The story of an incident: what was said of it, which jobs were started from its page."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from portal.jobs.models import Job
from runbooks.models import Entry, Incident

SHOWN = 200


@dataclass(frozen=True)
class Moment:
    """One line of the story."""

    at: datetime
    who: str
    words: str
    url: str = ""
    state: str = ""


def timeline(incident: Incident) -> list[Moment]:
    """Return the story, the newest line first; two queries."""
    said = [_said(entry) for entry in incident.entries.order_by("-id")[:SHOWN]]
    started = Job.objects.filter(environment=incident.environment.slug, spec__incident=str(incident.pk))[:SHOWN]
    done = [Moment(job.created_at, _person(job.actor), job.title, job.get_absolute_url(), job.state) for job in started]
    return sorted(said + done, key=lambda one: one.at, reverse=True)


def _said(entry: Entry) -> Moment:
    """Name who said it: a person, or the portal, whose job is one click away."""
    kind, _, name = entry.actor.partition(":")
    if kind == "job":
        return Moment(entry.at, "the portal", entry.words, entry.url or reverse("jobs:job", args=[name]))
    return Moment(entry.at, _person(entry.actor), entry.words, entry.url)


def _person(actor: str) -> str:
    return actor.partition(":")[2]
