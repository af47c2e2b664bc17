"""The base of the kinds of jobs that come again by themselves: one step that looks and loops,
no change of an environment.
"""

from datetime import timedelta
from typing import Any

from portal.jobs.definition import Done, JobKind, Outcome, Step, StepContext
from portal.jobs.models import Job


class RoutineJob(JobKind):
    """A kind with one step, named `run`; a subclass gives `name` and `perform`."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=5)
    name = ""
    label = ""  # of the step; the name by default

    def title(self, job: Job) -> str:
        return self.name

    def steps(self, job: Job) -> list[Step]:
        return [Step("run", self._run, label=self.label or self.name)]

    def perform(self, ctx: StepContext) -> dict[str, Any]:
        """Do the work and return the step's result (JSON)."""
        raise NotImplementedError

    def _run(self, ctx: StepContext) -> Outcome:
        return Done(self.perform(ctx))
