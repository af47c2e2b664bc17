"""The kinds of jobs of releases: deploy, roll back, run the smoke test."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.jobs.definition import Done, JobKind, Outcome, Step, StepContext
from portal.jobs.models import Call, Job
from portal.jobs.states import CallOutcome
from releases.approvals import blockers, expiry
from releases.deployment import dispatch, finish, rollback, sequence
from releases.deployment.steps import smoke
from releases.models import Release, SmokeRun
from releases.smoke import schedule

Results = Mapping[str, dict[str, Any]]


class Deploy(JobKind):
    """Runs a release beside the live one, gives it the traffic, tests it; undoes all that when it is not well."""

    deadline = timedelta(minutes=30)

    def title(self, job: Job) -> str:
        """Name the version and the environment."""
        return f"Deploy {job.spec['plan']['version']} to {job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """Return the steps of the plan that was approved."""
        return sequence.deploy(job.spec["plan"])

    def compensation(self, job: Job, results: Results) -> list[Step]:
        """Return the way back to what was live."""
        return sequence.undo_deploy(job.spec["plan"], results)

    def admit(self, job: Job) -> None:
        """Ask again, before every call, whether the release may run; the way back is always open."""
        if job.undoing:
            return
        release = Release.objects.select_related("environment", "requested_by").get(job=job)
        dispatch.check_may_run(release, Release.State.DEPLOYING)
        dispatch.check_starter(release, job.actor)
        if not Call.objects.filter(step__job=job).exclude(outcome=CallOutcome.NOT_DONE).exists():
            blockers.refuse_start(release)

    def finished(self, job: Job, results: Results) -> None:
        """Say what is live now."""
        finish.of_deployment(job, results)


class Rollback(JobKind):
    """Gives the traffic back to what ran before."""

    deadline = timedelta(minutes=30)

    def title(self, job: Job) -> str:
        """Name the versions and the environment."""
        return f"Roll back {job.environment} from {job.spec['from']['version']} to {job.spec['to']['version']}"

    def steps(self, job: Job) -> list[Step]:
        """Return a move of the traffic, or, when the old instances are gone, a deployment of the old images."""
        return sequence.rollback(job.spec) if self._instant(job) else sequence.deploy(job.spec["plan"])

    def compensation(self, job: Job, results: Results) -> list[Step]:
        """Return the way back to what was live."""
        if self._instant(job):
            return sequence.undo_rollback(job.spec, results)
        return sequence.undo_deploy(job.spec["plan"], results)

    def finished(self, job: Job, results: Results) -> None:
        """Say what is live now."""
        finish.of_rollback(job, results)

    @staticmethod
    def _instant(job: Job) -> bool:
        return bool(job.spec["mode"] == rollback.INSTANT)


class Smoke(JobKind):
    """Runs the smoke test of an environment, on the button or by schedule."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=8)

    def title(self, job: Job) -> str:
        """Name the environment."""
        return f"Smoke test of {job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """Return the one step; by schedule a failed test is no failed job: the inbox tells, once it has failed twice."""
        origin = job.spec.get("origin", SmokeRun.Origin.BUTTON)
        return [smoke.step(origin=origin, fatal=origin != SmokeRun.Origin.SCHEDULE)]


class SmokeRound(JobKind):
    """Sets off the smoke tests that are due."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=5)

    def title(self, job: Job) -> str:
        """Name it."""
        return "Set off smoke tests"

    def steps(self, job: Job) -> list[Step]:
        """Return the one step."""
        return [Step("look", self.look, label="Look which environments are due")]

    def look(self, ctx: StepContext) -> Outcome:
        """Order the runs; forget old ones."""
        return Done({"ordered": schedule.set_off(), "forgotten": schedule.forget_old()})


class Lapse(JobKind):
    """Closes open releases that can no longer run."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=5)

    def title(self, job: Job) -> str:
        """Say what it does."""
        return "Close releases that expired or are outdated"

    def steps(self, job: Job) -> list[Step]:
        """Return the one step."""
        return [Step("lapse", self.look, label="Look at every open release")]

    def look(self, ctx: StepContext) -> Outcome:
        """Close what has to be closed."""
        return Done(dict(expiry.close_outdated()))
