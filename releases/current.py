"""What is live, what changed last, what waits for somebody: from the database alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from environments.models import Environment
from portal.accounts.roles import Role, has_role
from portal.jobs.models import Job
from releases.models import Deployment, Release

CHANGES = ("releases.deploy", "releases.rollback", "environments.apply", "environments.destroy")


@dataclass(frozen=True)
class Change:
    """One change of an environment, as the incident page lists it."""

    at: datetime
    what: str
    who: str
    url: str
    state: str = ""


def live(environment: Environment) -> Deployment | None:
    """Return the deployment that takes the traffic."""
    return Deployment.objects.of(environment).live().first()


def last_changes(environment: Environment, limit: int = 5) -> list[Change]:
    """Return the last changes of the environment, the newest first."""
    jobs = Job.objects.filter(environment=environment.slug, kind__in=CHANGES).order_by("-created_at")[:limit]
    return [Change(job.created_at, job.title, job.actor.partition(":")[2], job.get_absolute_url(), job.state) for job in jobs]


def waiting_approvals(user: Any) -> list[Release]:
    """Return the releases that this person could decide on now, the oldest first."""
    if not has_role(user, Role.DEPLOYER, Role.ADMIN):
        return []
    open_to = Release.objects.awaiting_approval().exclude(requested_by=user).exclude(approvals__approver=user)
    return list(open_to.select_related("environment", "requested_by").defer("plan").order_by("id"))


def waiting_deployments(user: Any) -> list[Release]:
    """Return the releases that others agreed to and nobody deployed yet, for another job had the environment."""
    if not has_role(user, Role.DEPLOYER, Role.ADMIN):
        return []
    agreed = Release.objects.filter(state=Release.State.APPROVED, needed__gt=0)
    return list(agreed.select_related("environment").defer("plan").order_by("id"))
