"""The jobs of a vault: rotate its key, cancel a deletion."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from environments.desired import Actual, Desired
from environments.jobs.plans import StillAllowedJob
from environments.kinds.kind import Recoverable
from environments.kinds.states import is_busy, is_dying
from environments.models import Environment
from environments.models.resource import tags_of
from environments.reconcile.step import JobWriter, ResourceStep
from portal.accounts.models import User
from portal.jobs.definition import Done, Step, StepContext, StepResult, Stop, Wait
from portal.jobs.models import Job
from portal.lib.clock import now

PAUSE = 2.0  # seconds between two looks


class VaultStep(ResourceStep):
    """The work on one resource of a vault, as the job's order froze it."""

    def __init__(self, ctx: StepContext) -> None:
        super().__init__(ctx, Desired.from_json(ctx.spec["desired"]), ctx.spec["ocid"])

    def existing(self) -> Actual:
        """Read it; stop when it is gone for good."""
        found = self.read()
        if found is None or found.ocid != self.ocid:
            way = "Plan the environment: it shows what would be created."
            raise Stop(f"{self.want.name} no longer exists in OCI.", way)
        return found

    def done(self, found: Actual) -> Done:
        """Return what the portal remembers of it from now on."""
        known = found.known.as_json()
        return Done({**known, "state": found.state, "tags": tags_of(found.wire)})


class VaultJob(StillAllowedJob):
    """Acts on one resource of a vault, in one step."""

    deadline = timedelta(minutes=30)

    def finished(self, job: Job, results: Mapping[str, dict[str, Any]]) -> None:
        """Remember what OCI showed at the end."""
        row = Environment.objects.named(job.environment).resource(job.spec["key"])
        for shown in results.values():
            if row and shown.get("ocid") == row.ocid:
                row.update_actual(shown["state"], shown["facts"], at=now(), tags=shown["tags"])
                row.save(update_fields=["state", "facts", "tags", "seen_at"])


class RotateKey(VaultJob):
    """Gives the key a new version; what was encrypted before stays readable with the old one."""

    def title(self, job: Job) -> str:
        """Name the environment."""
        return f"Rotate the key of {job.environment}"

    def may(self, environment: Environment, user: User | None) -> bool:
        """Ask what the button asked."""
        return environment.can_rotate_key(user)

    def steps(self, job: Job) -> list[Step]:
        """One step: create a version, and wait until the key uses it."""
        return [Step("rotate", self.rotate, label="Create a new version of the key")]

    def rotate(self, ctx: StepContext) -> StepResult:
        """Create one version, however often the step starts again: the one of the first look
        tells.
        """
        step = VaultStep(ctx)
        found = step.existing()
        if "before" not in ctx.memo:
            ctx.remember(before=found.facts["version"])
        before = ctx.memo["before"]

        def newer() -> dict[str, Any] | None:
            now_there = step.existing()
            return now_there.wire if now_there.facts["version"] != before else None

        if found.facts["version"] == before:
            writer, endpoint = JobWriter(step, "rotate", newer), found.facts["at"]
            operation = "create_key_version"
            writer.change("kms_management", operation, found.ocid, target=found.ocid, at=endpoint)
            found = step.existing()
        if found.facts["version"] == before or is_busy(found.state):
            return Wait(PAUSE, "the new version is not in use yet")
        ctx.say("The key has a new version. Secrets that are stored from now on use it.")
        return step.done(found)


class CancelDeletion(VaultJob):
    """Cancels a scheduled deletion: what was unreadable can be read again."""

    def title(self, job: Job) -> str:
        """Name what is kept."""
        return f"Cancel the deletion of {job.spec['key']} of {job.environment}"

    def may(self, environment: Environment, user: User | None) -> bool:
        """Ask what the button asked."""
        return environment.can_apply(user)

    def steps(self, job: Job) -> list[Step]:
        """One step: cancel, and wait until it is in use again."""
        return [Step("cancel", self.cancel, label="Cancel the deletion")]

    def cancel(self, ctx: StepContext) -> StepResult:
        """Cancel unless somebody else did."""
        step = VaultStep(ctx)
        found = step.existing()

        def recovered() -> dict[str, Any] | None:
            now_there = step.existing()
            return None if is_dying(now_there.state) else now_there.wire

        if is_dying(found.state) and isinstance(step.kind, Recoverable):
            if found.state == "SCHEDULING_DELETION":
                return Wait(PAUSE, "OCI is still scheduling the deletion")
            step.kind.recover(JobWriter(step, "cancel", recovered), found)
            found = step.existing()
        if is_dying(found.state) or is_busy(found.state):
            return Wait(PAUSE, found.state.lower().replace("_", " "))
        return step.done(found)
