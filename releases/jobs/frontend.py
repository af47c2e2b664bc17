"""The job that gives users a former bundle again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.jobs.definition import JobKind, Step
from portal.jobs.models import Job
from releases.deployment.steps import check_frontend, publish_frontend
from releases.frontend import sequence


class Publish(JobKind):
    """Points index.html to a former bundle; back to the one before when it is not well."""

    deadline = timedelta(minutes=15)

    def title(self, job: Job) -> str:
        """Name the bundle and the environment."""
        bundle = job.spec["plan"]["bundle"]
        return f"Give {job.environment} the frontend {bundle['label'] or bundle['digest'][7:19]} again"

    def steps(self, job: Job) -> list[Step]:
        """Return the two steps; what is wrong besides the pages is told, and is no reason to stay with the bad ones."""
        bundle = job.spec["plan"]["bundle"]
        check = check_frontend.step(bundle, needs=(publish_frontend.NAME,), fatal=False)
        return [publish_frontend.step(bundle), check]

    def compensation(self, job: Job, results: Mapping[str, dict[str, Any]]) -> list[Step]:
        """Return the way back to what was served."""
        return sequence.undo(job.spec["plan"], results)
