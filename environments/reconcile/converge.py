"""One step of an apply: bring one resource to what is wanted, however often the step starts
again.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from environments.desired import JOB_TAG, Actual, Desired, differences
from environments.kinds.kind import Recoverable
from environments.kinds.states import is_broken, is_busy, is_dying
from environments.reconcile import eventual_consistency
from environments.reconcile.change import BUILDING, Change
from environments.reconcile.eventual_consistency import EVENTUAL_KINDS, is_conflict, may_be_unknown
from environments.reconcile.step import PLAN_AGAIN, JobWriter, ResourceStep, pause_after
from portal.cloud.errors import AlreadyExists, BadRequest, CloudError
from portal.jobs.definition import Done, StepContext, StepResult, Stop, Wait
from portal.lib.canonical import digest
from portal.lib.clock import now

WAITS_SINCE = "waits_since"  # in the memo: since when others are waited for
STUBBORN_POLLS = 60  # how long OCI may go on showing the old value of what it has accepted
UNLIMITED = 2**31  # polls while OCI says itself that it is at work; the step's deadline ends it


class Converge(ResourceStep):
    """Creates, updates or recreates one resource."""

    def __init__(self, ctx: StepContext, change: Change) -> None:
        super().__init__(ctx, change.want, change.ocid)
        self.change = change

    def run(self) -> StepResult:
        """Look, act where it differs, and wait until OCI shows it as wanted."""
        try:
            result = self._work()
        except CloudError as error:
            return self._wait_for_others(error)
        self.ctx.memo.pop(WAITS_SINCE, None)
        return result

    def _wait_for_others(self, error: CloudError) -> Wait:
        """Wait for some minutes when OCI is at work there or may not know what is new."""
        new = self._made()
        busy = is_conflict(error)
        if not busy and not (new and may_be_unknown(error)):
            raise error
        since = datetime.fromisoformat(self.ctx.memo.setdefault(WAITS_SINCE, now().isoformat()))
        until = since + eventual_consistency.LONGEST_WAIT
        if now() >= until and busy:
            raise error
        if now() >= until:
            raise Stop(
                f"{error.message} It stayed so for minutes after this job made {', '.join(new)}.",
                "Two causes look the same. Either OCI still does not know it everywhere: wait and "
                f"plan again. Or the portal {_other_cause(error)}: {error.next_step}",
            ) from error
        polls = int(self.ctx.memo.get("hidden", 0)) + 1
        self.ctx.memo["hidden"] = polls
        why = "another change goes on there" if busy else f"{', '.join(new)} may not be known yet"
        note = f"{error.message} OCI: {why}; trying again until {until:%H:%M} UTC"
        return Wait(pause_after(polls), note)

    def _made(self) -> list[str]:
        """Return the keys of what this job, or one shortly before it, made and others learn of."""
        planned, made = self.ctx.spec["changes"], set(BUILDING) - {"adopt"}
        changes = map(Change.from_json, planned)
        new = {one.key for one in changes if one.action in made and one.want.kind in EVENTUAL_KINDS}
        return sorted((new & self.ctx.results.keys()) | set(self.ctx.spec.get("recent", ())))

    def _work(self) -> StepResult:
        unfinished = self.work_request()
        if unfinished:
            return self._poll(unfinished)
        found = self.read()
        if self.change.action == "replace" and not self.ctx.memo.get("removed"):
            gone = found is None or found.ocid != self.change.ocid
            return self._remove(found) if found and not gone else self._removed()
        return self._settle(found) if found else self._settle_new(self._create())

    def _settle_new(self, made: Actual | None) -> StepResult:
        """Look once more at once: most things are ready by the time that the answer is here."""
        if made and not is_busy(made.state):
            return self._settle(made)
        if made:
            self.ctx.memo["ocid"] = made.ocid
        unfinished = self.work_request()
        if unfinished:
            return self._poll(unfinished)
        found = self.read()
        return self._settle(found) if found else self._poll("not shown yet")

    def _settle(self, found: Actual) -> StepResult:
        self._check(found)
        if is_dying(found.state) and isinstance(self.kind, Recoverable):
            self.kind.recover(JobWriter(self, "recover", self._recovered), found)
            return self._poll("cancelling its deletion", ocid=found.ocid, most=STUBBORN_POLLS)
        if is_busy(found.state):
            return self._poll(found.state.lower(), ocid=found.ocid)
        differing = {difference.field for difference in differences(self.want.fields, found.wire)}
        if differing:
            updated = self._update(found, differing)
            as_wanted = updated and not differences(self.want.fields, updated.wire)
            if updated is None or is_busy(updated.state) or not as_wanted:
                note = f"changing {', '.join(sorted(differing))}"
                return self._poll(note, most=STUBBORN_POLLS)
            found = updated
        known = found.known.as_json()
        return Done({**known, "name": found.name, "state": found.state})

    def _check(self, found: Actual) -> None:
        """Touch nothing that is not the portal's, and nothing that is being deleted."""
        stripped = found.ocid == self.change.ocid and not found.owner
        if not stripped:
            self.refuse_foreign(found, f"exists and {found.whose}. Nothing was changed on it.")
        lost = is_dying(found.state) and not isinstance(self.kind, Recoverable)
        broken = is_broken(found.state)
        if lost or broken or found.state.upper() in self.kind.no_change_in:
            way = f"Look at {found.ocid} in the OCI console, then plan again."
            raise Stop(f"OCI says that {found.name} is {found.state}.", way)

    def _create(self) -> Actual | None:
        try:
            return self.kind.create(
                JobWriter(self, "create", self._found_wire), self._with_job_tag()
            )
        except AlreadyExists as error:
            found = self.read()  # another environment created what both share, or the name is taken
            if found is None:
                error.next_step = self.kind.name_taken_hint or error.next_step
                raise
            return found

    def _update(self, found: Actual, differing: set[str]) -> Actual | None:
        fixed = ", ".join(sorted(differing - self.kind.in_place))
        if fixed:
            raise Stop(f"OCI cannot change {fixed} of a {self.kind.name} in place.", PLAN_AGAIN)
        fields = {name: _merged(name, self.want.fields[name], found) for name in sorted(differing)}
        phase = f"update {digest(fields)[7:15]}"
        writer = JobWriter(self, phase, lambda: self._as_wanted(differing))
        return self.kind.update(writer, self.want, found, fields)

    def _remove(self, found: Actual) -> StepResult:
        writer = JobWriter(self, "delete", lambda: {} if self.read() is None else None)
        self.kind.delete(writer, found)
        return self._poll("removing the old one")

    def _removed(self) -> StepResult:
        self.ctx.remember(removed=True)
        return Wait(0, "the old one is deleted")

    def _found_wire(self) -> dict[str, Any] | None:
        found = self.read()
        return found.wire if found else None

    def _recovered(self) -> dict[str, Any] | None:
        found = self.read()
        return found.wire if found and not is_dying(found.state) else None

    def _as_wanted(self, names: set[str]) -> dict[str, Any] | None:
        """Return the resource when the named fields are as wanted."""
        found = self.read()
        wanted = {name: self.want.fields[name] for name in names}
        return found.wire if found and not differences(wanted, found.wire) else None

    def _with_job_tag(self) -> Desired:
        if not self.kind.tagged:
            return self.want
        tags = {**self.want.fields["freeformTags"], JOB_TAG: str(self.ctx.job.pk)}
        return replace(self.want, fields={**self.want.fields, "freeformTags": tags})

    def _poll(self, note: str, *, ocid: str = "", most: int = UNLIMITED) -> Wait:
        if ocid:
            self.ctx.memo["ocid"] = ocid
        refusal = f"OCI accepted the change of {self.want.name} but does not show it ({note})."
        return self.wait(note, most=most, refusal=refusal)


class Open(Converge):
    """Lets in what is wanted, and shuts nothing yet."""

    def _settle(self, found: Actual) -> StepResult:
        self.want = self.kind.widened(self.want, found)
        return super()._settle(found)


def _other_cause(error: CloudError) -> str:
    return "sent a wrong value" if isinstance(error, BadRequest) else "has no right to do this"


def _merged(name: str, want: Any, found: Actual) -> Any:
    """Return tags with those that others put there kept: OCI replaces all tags at once."""
    have = found.wire.get(name) or {}
    if name == "freeformTags":
        return {**have, **want}
    if name == "definedTags":
        merged = {space: {**(have.get(space) or {}), **values} for space, values in want.items()}
        return {**have, **merged}
    return want
