"""The job that publishes a former bundle again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from environments.models import Environment
from portal.audit.verbs import Verb
from portal.jobs.definition import JobKind, Step
from portal.jobs.models import Job
from releases.deployment.starter import check_starter
from releases.deployment.steps import check_frontend, publish_frontend
from releases.frontend import sequence
from releases.models import Publication
from releases.requests.plan import ReleasePlan


class PublishJob(JobKind):
    """Points index.html to a former bundle; back to the one before when that fails."""

    deadline = timedelta(minutes=15)

    def title(self, job: Job) -> str:
        bundle = _plan(job).bundle
        return f"Give {job.environment} the frontend {bundle.name if bundle else ''} again"

    def steps(self, job: Job) -> list[Step]:
        """Return the two steps; problems besides the pages are logged only."""
        bundle = _plan(job).bundle
        check = check_frontend.step(bundle, needs=(publish_frontend.NAME,), fatal=False)
        return [publish_frontend.step(bundle), check]

    def compensation(self, job: Job, results: Mapping[str, dict[str, Any]]) -> list[Step]:
        return sequence.undo(_plan(job), results)

    def admit(self, job: Job) -> None:
        act = Environment.objects.named(job.environment).act(Verb.FRONTEND_ROLLBACK)
        words = f"change the frontend of {job.environment}"
        check_starter(job, Publication.can_publish, act, words)


def _plan(job: Job) -> ReleasePlan:
    return ReleasePlan.from_json(job.spec["plan"])
