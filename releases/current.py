"""What is live, what changed last, what waits for a person: from the database alone."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from environments.models import Environment
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.jobs.models import Job
from portal.lib.clock import now
from releases.models import Approval, Deployment, Release, Review

SOON = 4  # the last quarter of a request's time
CHANGES = (
    "releases.deploy",
    "releases.rollback",
    "releases.scale",
    "environments.apply",
    "environments.destroy",
)


@dataclass(frozen=True)
class RecentChange:
    """One change of an environment, as the incident page lists it."""

    at: datetime
    what: str
    who: str
    url: str
    state: str = ""


def live(environment: Environment) -> Deployment | None:
    """Return the deployment that takes the traffic."""
    return Deployment.objects.of(environment).live().first()


def last_changes(environment: Environment, limit: int = 5) -> list[RecentChange]:
    """Return the last changes of the environment, the newest first."""
    jobs = Job.objects.filter(environment=environment.slug, kind__in=CHANGES).order_by(
        "-created_at"
    )[:limit]
    return [
        RecentChange(
            job.created_at,
            job.title,
            Actor.parse(job.actor).name,
            job.get_absolute_url(),
            job.state,
        )
        for job in jobs
    ]


def waiting_releases(user: User) -> list[tuple[str, Release]]:
    """Return (why, release) for the open releases that wait for this person, the oldest first.

    `approval`: the person could decide on it now. `approved`: it is approved, but not deployed, as
    another job had the environment. `your request`: their own, which expires soon. One query.
    """
    if not has_role(user, Role.DEPLOYER, Role.ADMIN):
        return []
    voted = Exists(Approval.objects.filter(release=OuterRef("pk"), approver=user))
    found = (
        Release.objects.open()
        .annotate(voted=voted)
        .select_related("environment", "requested_by")
        .defer("plan")
        .order_by("id")
    )
    waiting: list[tuple[str, Release]] = []
    for release in found:
        why = _why(release, user, voted=release.voted)  # type: ignore[attr-defined]
        if why:
            waiting.append((why, release))
    return waiting


def _why(release: Release, user: User, *, voted: bool) -> str:
    if release.is_over(now()):
        return ""
    if release.state == Release.State.APPROVED:
        return "approved" if release.needed else ""
    if not voted and release.can_approve(user):
        return "approval"
    return "your request" if release.requested_by_id == user.pk and expires_soon(release) else ""


def expires_soon(release: Release) -> bool:
    """Say whether the last quarter of the time that a release has is running."""
    if not release.is_open or release.expires_at is None:
        return False
    return now() > release.expires_at - (release.expires_at - release.requested_at) / SOON


def open_reviews() -> list[Review]:
    """Return the reviews of broken glass that are not closed yet."""
    return list(
        Review.objects.open()
        .select_related("release__environment", "environment")
        .defer("release__plan")
    )
