"""The jobs that come again by themselves: smoke tests, expiry, retention."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from environments.models import Environment
from portal.jobs.definition import Done, JobKind, Step, StepContext, StepResult
from portal.jobs.models import Job
from portal.jobs.routine import RoutineJob
from releases.approvals import expiry
from releases.deployment import finish, retention
from releases.deployment.job_specs import CleanUpSpec
from releases.deployment.steps import remove_instances, smoke
from releases.models import SmokeRun
from releases.smoke import schedule


class SmokeJob(JobKind):
    """Runs the smoke test of an environment, on the button or by schedule."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=8)

    def title(self, job: Job) -> str:
        return f"Smoke test of {job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """Return the one step; by schedule a failed test is no failed job."""
        origin = job.spec.get("origin", SmokeRun.Origin.BUTTON)
        return [smoke.step(origin=origin, fatal=origin != SmokeRun.Origin.SCHEDULE)]


class SmokeScheduleJob(RoutineJob):
    """Starts the smoke tests that are due, deletes old results."""

    name = "Start scheduled smoke tests"

    def perform(self, ctx: StepContext) -> StepResult:
        return Done({"ordered": schedule.start_due(), "forgotten": schedule.delete_old()})


class ExpiryJob(RoutineJob):
    """Closes open releases that can no longer run."""

    name = "Close releases that expired or are outdated"

    def perform(self, ctx: StepContext) -> StepResult:
        return Done(dict(expiry.close_outdated()))


class RetentionJob(RoutineJob):
    """Checks every environment once a minute for instances that are kept long enough."""

    name = "Remove instances past their retention"

    def perform(self, ctx: StepContext) -> StepResult:
        return Done(retention.run_round(Environment.objects.all()))


class CleanUpJob(JobKind):
    """Removes the instances of deployments that are no longer kept for an instant rollback."""

    routine = True
    deadline = timedelta(minutes=15)

    def title(self, job: Job) -> str:
        versions = ", ".join(one.version for one in CleanUpSpec.from_json(job.spec).retire)
        return f"Remove {versions} from {job.environment}: retention is over"

    def steps(self, job: Job) -> list[Step]:
        return [remove_instances.clean_up(CleanUpSpec.from_json(job.spec).retire)]

    def finished(self, job: Job, results: Mapping[str, dict[str, Any]]) -> None:
        finish.mark_removed(results)
