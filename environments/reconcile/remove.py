"""One step of taking an environment down: delete one resource, however often the step is started again."""

from collections.abc import Mapping
from typing import Any

from environments.desired import TENANCY, Desired, Found
from environments.kinds import KINDS
from environments.kinds.states import is_dying
from environments.reconcile.converge import LedgerHand, work_request
from environments.reconcile.observe import Reading
from portal.cloud.door import door
from portal.cloud.errors import Conflict
from portal.jobs.definition import Done, Outcome, StepContext, Stop, Wait

MOST_POLLS = 240
BUSY_POLLS = 40  # how long something that it needs may go on holding it


class Remove:
    """The work on one resource that goes; what must outlive a crash is in the job's ledger or in OCI itself."""

    def __init__(self, ctx: StepContext, row: Mapping[str, Any]) -> None:
        self.ctx = ctx
        self.row = row
        self.door = door(ctx.spec["region"])
        self.want = Desired.from_json(row["desired"]).resolved(self._lookup)
        self.kind = KINDS[self.want.kind]

    def run(self) -> Outcome:
        """Look, delete what is there, and wait until OCI shows it no more."""
        note = work_request(self)
        if note:
            return self._poll(note)
        found = self._read()
        if found is None or found.ocid != self.row["ocid"]:
            return Done({"gone": True})
        if is_dying(found.state):
            return Done({"gone": False, "ocid": found.ocid, "name": found.name, "state": found.state, "facts": found.facts})
        self._check(found)
        if self.row["empties"] and self.kind.clear(LedgerHand(self, "empty", lambda: None), found):
            return self._poll("emptying it")
        try:
            self.kind.delete(LedgerHand(self, "delete", self._gone), found)
        except Conflict:
            # What stood in it goes without an end that could be waited for: addresses of a deleted balancer, for one.
            if int(self.ctx.memo.get("polls", 0)) > BUSY_POLLS:
                raise
            return self._poll("something still holds it")
        return self._poll("OCI is deleting it")

    def _check(self, found: Found) -> None:
        if self.kind.tagged and not found.is_ours(self.want):
            whose = f"belongs to {found.owner}:{found.key}" if found.owner else "does not carry the portal's tags"
            raise Stop(f"{found.name} ({found.ocid}) {whose} now. It was not touched.", "Plan again: the plan says what to do.")
        why = self.kind.kept(found)
        if why:
            raise Stop(f"{found.name}: {why}", "Clear that up, then plan again.")

    def _gone(self) -> dict[str, Any] | None:
        """Return something when the deletion happened: the answer of a call whose answer was lost."""
        found = self._read()
        return {} if found is None or is_dying(found.state) else None

    def _read(self) -> Found | None:
        return self.kind.read(Reading(self.door), self.want, self.row["ocid"])

    def _lookup(self, key: str, fact: str) -> Any:
        if key == TENANCY:
            return self.door.tenancy
        known = self.ctx.spec["known"].get(key)
        return None if known is None else known["facts"].get(fact) if fact else known["ocid"]

    def _poll(self, note: str) -> Wait:
        polls = int(self.ctx.memo.get("polls", 0)) + 1
        if polls > MOST_POLLS:
            raise Stop(f"OCI does not delete {self.want.name} ({note}).", "Look at it in the OCI console, then plan again.")
        self.ctx.memo["polls"] = polls
        return Wait(min(5.0, 0.05 * 1.2**polls), note)
