"""How long deployments and rollbacks take, from those that were made."""

from statistics import median

from portal.jobs.models import Job
from portal.jobs.states import JobState

FIRST_GUESS = {"releases.deploy": 180, "releases.rollback": 15}
LOOK_BACK = 5


def of_deployments(environment: str) -> int:
    """Return how many seconds a deployment of this environment is expected to take."""
    return _expected(environment, kind="releases.deploy")


def of_rollbacks(environment: str) -> int:
    """Return how many seconds an instant rollback of this environment is expected to take."""
    return _expected(environment, kind="releases.rollback", spec__mode="instant")


def _expected(environment: str, *, kind: str, **like: str) -> int:
    ended = Job.objects.filter(kind=kind, environment=environment, state=JobState.SUCCEEDED, **like)
    rows = ended.order_by("-created_at").values_list("started_at", "ended_at")[:LOOK_BACK]
    took = [(end - begin).total_seconds() for begin, end in rows if begin and end]
    return max(1, round(median(took))) if took else FIRST_GUESS[kind]
