"""The kind of job that changes the scale of what is live."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.accounts.actor import may_still
from portal.jobs.definition import JobKind, Step
from portal.jobs.models import Job
from portal.jobs.states import State
from portal.lib.refusal import Refused
from releases.deployment import sequence
from releases.deployment.steps import clean_up
from releases.models import Deployment
from releases.scaling import scale

Results = Mapping[str, dict[str, Any]]


class Scale(JobKind):
    """Adds instances of the live release before it drains others."""

    deadline = timedelta(minutes=60)

    def title(self, job: Job) -> str:
        """Say to what."""
        wanted = job.spec["settings"]
        return (
            f"Scale {job.environment} to {wanted['api_instances']} API instances, "
            f"{wanted['worker_instances']} workers"
        )

    def steps(self, job: Job) -> list[Step]:
        """Return the order: start, try, drain, remove."""
        return sequence.scale(job.spec)

    def compensation(self, job: Job, results: Results) -> list[Step]:
        """Return the way back, while nothing was removed."""
        return sequence.undo_scale(job.spec, results)

    def admit(self, job: Job) -> None:
        """Ask again, before every call, whether the person who started it still may."""
        if not job.undoing and not may_still(job.actor, scale.can_scale):
            raise Refused(
                f"{job.actor} started it and may no longer scale.",
                next_step="Cancel the job: what it started is removed.",
            )

    def finished(self, job: Job, results: Results) -> None:
        """Write which instances stand now; the settings follow a good end alone."""
        done = job.state == State.SUCCEEDED
        if not done and not clean_up.begun(results):
            return
        live = Deployment.objects.get(pk=job.spec["deployment"])
        made = sequence.instances(job.spec["plan"], results)
        gone = job.spec["remove"]
        api = [one for one in live.api if one not in gone["api"]] + made["api"]
        live.stands_on(
            api=api,
            workers=[one for one in live.workers if one not in gone["worker"]] + made["workers"],
        )
        if done:
            scale.store_settings(
                job.environment, job.spec["settings"], actor=job.as_actor, job=job.pk
            )
