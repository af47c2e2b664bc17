"""The kinds of jobs that keep house: the round, and the removal of what was kept long enough."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from environments.models import Environment
from portal.jobs.definition import Done, JobKind, Outcome, Step, StepContext
from portal.jobs.models import Job
from releases.deployment import finish, retention
from releases.deployment.steps import clean_up


class Round(JobKind):
    """Looks at every environment once a minute."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=5)

    def title(self, job: Job) -> str:
        """Say what it does."""
        return "Remove what was kept long enough"

    def steps(self, job: Job) -> list[Step]:
        """Return the one step."""
        return [Step("look", self.look, label="Look at every environment")]

    def look(self, ctx: StepContext) -> Outcome:
        """Order what is due."""
        return Done(retention.round_over(list(Environment.objects.all())))


class CleanUp(JobKind):
    """Removes the instances of deployments that nobody goes back to at once any more."""

    routine = True
    deadline = timedelta(minutes=15)

    def title(self, job: Job) -> str:
        """Name the versions."""
        return f"Remove {', '.join(one['version'] for one in job.spec['retire'])} from {job.environment}: kept long enough"

    def steps(self, job: Job) -> list[Step]:
        """Return the one step."""
        return [clean_up.step(job.spec["retire"])]

    def finished(self, job: Job, results: Mapping[str, dict[str, Any]]) -> None:
        """Say which are gone."""
        finish.retire(results)
