"""Jobs that come again by themselves and do one thing: only their names and their work differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from portal.cloud.errors import CloudError
from portal.jobs.definition import JobKind, Step, StepContext, StepResult

if TYPE_CHECKING:
    from portal.jobs.models import Job

Item = TypeVar("Item")


class RoutineJob(JobKind):
    """One step that changes nothing in OCI; a failed run is left to the next one."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=5)
    name: ClassVar[str]  # the title, unless a subclass makes one of the job
    step: ClassVar[str] = "run"
    label: ClassVar[str] = ""  # of the step; the name by default
    attempts: ClassVar[int] = 8

    def title(self, job: Job) -> str:
        """Return the name."""
        return self.name

    def steps(self, job: Job) -> list[Step]:
        """Return the one step."""
        label = self.label or self.name
        return [Step(self.step, self.perform, label=label, attempts=self.attempts)]

    def perform(self, ctx: StepContext) -> StepResult:
        """Do the work of the one step."""
        raise NotImplementedError


def for_each(ctx: StepContext, items: Iterable[Item], act: Callable[[Item], Any]) -> dict[str, Any]:
    """Return the results by the items' names; go on with the next one when OCI cannot be asked."""
    results: dict[str, Any] = {}
    for item in items:
        try:
            results[str(item)] = act(item)
        except CloudError as error:
            results[str(item)] = error.message
            ctx.say(f"{item}: {error}")
    return results
