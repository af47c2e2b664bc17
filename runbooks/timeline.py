"""The story of an incident: what was said of it, which jobs were started from its page."""

from dataclasses import dataclass
from datetime import datetime

from portal.jobs.models import Job
from runbooks.models import Incident

SHOWN = 200


@dataclass(frozen=True)
class Moment:
    """One line of the story."""

    at: datetime
    actor: str
    words: str
    url: str = ""
    state: str = ""


def timeline(incident: Incident) -> list[Moment]:
    """Return the story, the newest line first; two queries."""
    said = [Moment(one.at, one.actor, one.words, one.url) for one in incident.entries.order_by("-id")[:SHOWN]]
    started = Job.objects.filter(environment=incident.environment.slug, spec__incident=str(incident.pk))[:SHOWN]
    done = [Moment(job.created_at, job.actor, job.title, job.get_absolute_url(), job.state) for job in started]
    return sorted(said + done, key=lambda one: one.at, reverse=True)
