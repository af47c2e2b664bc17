"""One step of a destruction: delete one resource, however often the step is started again."""

from typing import Any

from environments.desired import Actual
from environments.kinds.states import is_dying
from environments.reconcile.step import JobWriter, ResourceStep
from environments.reconcile.teardown import Removal
from portal.cloud.errors import Conflict
from portal.jobs.definition import Done, StepContext, StepResult, Stop, Wait

MOST_POLLS = 240
BUSY_POLLS = 40  # how long something that needs it may go on holding it


class Remove(ResourceStep):
    """Deletes one resource, or schedules its deletion."""

    def __init__(self, ctx: StepContext, removal: Removal) -> None:
        super().__init__(ctx, removal.want, removal.ocid)
        self.removal = removal

    def run(self) -> StepResult:
        """Look, delete what is there, and wait until OCI no longer shows it."""
        note = self.work_request()
        if note:
            return self._poll(note)
        found = self.read()
        if found is None or found.ocid != self.ocid:
            return Done({"gone": True})
        if is_dying(found.state):
            left = {"gone": False, "name": found.name, "state": found.state}
            return Done({**left, **found.known.as_json()})
        self._check(found)
        contents = JobWriter(self, "empty", lambda: None)
        if self.removal.empties and self.kind.delete_contents(contents, found):
            return self._poll("emptying it")
        try:
            self.kind.delete(JobWriter(self, "delete", self._gone), found)
        except Conflict:
            # Nothing tells when what was in it is gone: addresses of a deleted balancer, for one.
            if int(self.ctx.memo.get("polls", 0)) > BUSY_POLLS:
                raise
            return self._poll("something still uses it")
        return self._poll("OCI is deleting it")

    def _check(self, found: Actual) -> None:
        self.refuse_foreign(found, f"{found.whose} now. It was not changed.")
        why = self.kind.deletion_blocker(found)
        if why:
            raise Stop(f"{found.name}: {why}", "Fix that, then plan again.")

    def _gone(self) -> dict[str, Any] | None:
        """Return something when the deletion happened: the answer of a call whose answer was
        lost.
        """
        found = self.read()
        return {} if found is None or is_dying(found.state) else None

    def _poll(self, note: str) -> Wait:
        refusal = f"OCI does not delete {self.want.name} ({note})."
        return self.wait(note, most=MOST_POLLS, refusal=refusal)
