"""The jobs of a vault: rotate its key, cancel a deletion."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from environments.desired import Desired, Found
from environments.jobs.plans import CarriesOut
from environments.kinds import KINDS
from environments.kinds.kind import Recoverable
from environments.kinds.states import is_busy, is_dying
from environments.models import Environment
from environments.models.resource import tags_of
from environments.reconcile.converge import LedgerHand
from environments.reconcile.observe import Reading
from portal.accounts.models import User
from portal.cloud.door import door
from portal.jobs.definition import Done, Outcome, Step, StepContext, Stop, Wait
from portal.jobs.models import Job
from portal.lib.clock import now

PAUSE = 2.0  # seconds between two looks


class Act:
    """The work on one resource of a vault, as the job's order froze it."""

    def __init__(self, ctx: StepContext) -> None:
        self.ctx = ctx
        self.door = door(ctx.spec["region"])
        self.want = Desired.from_json(ctx.spec["desired"])
        self.kind = KINDS[self.want.kind]

    def found(self) -> Found:
        """Read it; stop when it is gone for good."""
        found = self.kind.read(Reading(self.door), self.want, self.ctx.spec["ocid"])
        if found is None or found.ocid != self.ctx.spec["ocid"]:
            raise Stop(f"{self.want.name} is gone from OCI.", "Plan the environment: it shows what would be made.")
        return found

    def done(self, found: Found) -> Done:
        """Return what the portal remembers of it from now on."""
        return Done({"ocid": found.ocid, "state": found.state, "facts": found.facts, "tags": tags_of(found.wire)})


class VaultJob(CarriesOut):
    """Acts on one resource of a vault, in one step."""

    deadline = timedelta(minutes=30)

    def finished(self, job: Job, results: Mapping[str, dict[str, Any]]) -> None:
        """Remember what OCI showed at the end."""
        row = Environment.objects.named(job.environment).resource(job.spec["key"])
        for seen in results.values():
            if row and seen.get("ocid") == row.ocid:
                row.saw(seen["state"], seen["facts"], at=now(), tags=seen["tags"])
                row.save(update_fields=["state", "facts", "tags", "seen_at"])


class RotateKey(VaultJob):
    """Gives the key a new version: what is encrypted from now on uses it; what was encrypted stays readable with the old one."""

    def title(self, job: Job) -> str:
        """Name the environment."""
        return f"Rotate the key of {job.environment}"

    def may(self, environment: Environment, person: User | None) -> bool:
        """Ask what the button asked."""
        return environment.can_rotate_key(person)

    def steps(self, job: Job) -> list[Step]:
        """One step: make a version, and wait until the key uses it."""
        return [Step("rotate", self.rotate, label="Make a new version of the key")]

    def rotate(self, ctx: StepContext) -> Outcome:
        """Make one version, however often the step is started again: the one of the first look tells."""
        act = Act(ctx)
        found = act.found()
        if "before" not in ctx.memo:
            ctx.remember(before=found.facts["version"])
        before = ctx.memo["before"]
        hand = LedgerHand(act, "rotate", lambda: self._newer(act, before))
        if found.facts["version"] == before:
            hand.change("kms_management", "create_key_version", found.ocid, target=found.ocid, at=found.facts["at"])
            found = act.found()
        if found.facts["version"] == before or is_busy(found.state):
            return Wait(PAUSE, "the new version is not in use yet")
        ctx.say("The key has a new version. Secrets that are stored from now on are encrypted with it.")
        return act.done(found)

    @staticmethod
    def _newer(act: Act, before: str) -> dict[str, Any] | None:
        found = act.found()
        return found.wire if found.facts["version"] != before else None


class CancelDeletion(VaultJob):
    """Takes back a deletion that is scheduled: what was unreadable can be read again."""

    def title(self, job: Job) -> str:
        """Name what is kept."""
        return f"Cancel the deletion of {job.spec['key']} of {job.environment}"

    def may(self, environment: Environment, person: User | None) -> bool:
        """Ask what the button asked."""
        return environment.can_apply(person)

    def steps(self, job: Job) -> list[Step]:
        """One step: cancel, and wait until it is in use again."""
        return [Step("cancel", self.cancel, label="Cancel the deletion")]

    def cancel(self, ctx: StepContext) -> Outcome:
        """Cancel unless somebody else did."""
        act, found = Act(ctx), Act(ctx).found()
        if is_dying(found.state) and isinstance(act.kind, Recoverable):
            if found.state == "SCHEDULING_DELETION":
                return Wait(PAUSE, "OCI is still scheduling the deletion")
            act.kind.recover(LedgerHand(act, "cancel", lambda: self._living(act)), found)
            found = act.found()
        if is_dying(found.state) or is_busy(found.state):
            return Wait(PAUSE, found.state.lower().replace("_", " "))
        return act.done(found)

    @staticmethod
    def _living(act: Act) -> dict[str, Any] | None:
        found = act.found()
        return None if is_dying(found.state) else found.wire
