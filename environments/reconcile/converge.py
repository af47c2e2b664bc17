"""One step of an apply: bring one resource to what is wanted, however often the step is started again."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from environments.desired import JOB_TAG, TENANCY, Desired, Found, differences
from environments.kinds import KINDS
from environments.kinds.kind import Kind, Recoverable
from environments.kinds.states import is_broken, is_busy, is_dying
from environments.reconcile.observe import Reading
from portal.cloud.door import Answer, Door, door
from portal.cloud.errors import AlreadyExists, CloudError, MissingServiceRights, NotFoundOrForbidden
from portal.jobs.definition import Done, Outcome, StepContext, Stop, Wait
from portal.lib.canonical import digest

HIDDEN_POLLS = 60  # a new compartment can be invisible to other services for a minute or two
STUBBORN_POLLS = 60  # how long OCI may go on showing the old value of what it has accepted


class Converge:
    """The work on one resource; everything that must outlive a crash is in the job's ledger or in OCI itself."""

    def __init__(self, ctx: StepContext, change: Mapping[str, Any]) -> None:
        self.ctx = ctx
        self.change = change
        self.door = door(ctx.spec["region"])
        self.want = Desired.from_json(change["desired"]).resolved(self._lookup)
        self.kind = KINDS[self.want.kind]

    def run(self) -> Outcome:
        """Look, act where it differs, and wait until OCI shows it as wanted."""
        try:
            return self._work()
        except (NotFoundOrForbidden, MissingServiceRights) as error:
            return self._not_known_yet(error)

    def _not_known_yet(self, error: CloudError) -> Wait:
        """Wait a while for what this job made a moment ago: a new compartment or policy is not known to every service at once."""
        new = [key for key in self._made() if key == "compartment" or key.startswith("policy.")]
        if not new:
            raise error
        looks = int(self.ctx.memo.get("hidden", 0)) + 1
        if looks > HIDDEN_POLLS:
            raise Stop(
                f"{error.message} It stayed so for minutes after this job made {', '.join(new)}.",
                "Two causes look the same. Either OCI still does not know it everywhere: wait and plan again. "
                f"Or the portal has no right to do this: {error.next_step}",
            ) from error
        self.ctx.memo["hidden"] = looks
        return Wait(min(5.0, 0.05 * 1.2**looks), f"{', '.join(new)} may not be known here yet; looking again")

    def _made(self) -> list[str]:
        """Return the keys of what this job made or changed before this step."""
        changed = {change["key"] for change in self.ctx.spec["changes"] if change["action"] in ("create", "update", "replace")}
        return sorted(changed & self.ctx.results.keys())

    def _work(self) -> Outcome:
        unfinished = self._work_request()
        if unfinished:
            return unfinished
        found = self._read()
        if self.change["action"] == "replace" and not self.ctx.memo.get("removed"):
            gone = found is None or found.ocid != self.change["ocid"]
            return self._remove(found) if found and not gone else self._removed()
        return self._settle(found) if found else self._settle_new(self._create())

    def _settle_new(self, made: Found | None) -> Outcome:
        """Look once more at once: most things are ready by the time that the answer is here."""
        if made and not is_busy(made.state):
            return self._settle(made)
        if made:
            self.ctx.memo["ocid"] = made.ocid
        unfinished = self._work_request()
        found = None if unfinished else self._read()
        return unfinished or (self._settle(found) if found else self._poll("not shown yet"))

    def _settle(self, found: Found) -> Outcome:
        self._check(found)
        if is_dying(found.state) and isinstance(self.kind, Recoverable):
            self.kind.recover(LedgerHand(self, "recover", self._recovered), found)
            return self._poll("cancelling its deletion", ocid=found.ocid, stubborn=True)
        if is_busy(found.state):
            return self._poll(found.state.lower(), ocid=found.ocid)
        differing = {difference.field for difference in differences(self.want.fields, found.wire)}
        if differing:
            updated = self._update(found, differing)
            if updated is None or is_busy(updated.state) or differences(self.want.fields, updated.wire):
                return self._poll(f"changing {', '.join(sorted(differing))}", stubborn=True)
            found = updated
        return Done({"ocid": found.ocid, "name": found.name, "state": found.state, "facts": found.facts})

    def _check(self, found: Found) -> None:
        """Touch nothing that is not ours, and nothing that is on its way out."""
        stripped = found.ocid == self.change["ocid"] and not found.owner
        if self.kind.tagged and not stripped and not found.is_ours(self.want):
            whose = f"belongs to {found.owner}:{found.key}" if found.owner else "does not carry the portal's tags"
            raise Stop(
                f"{found.name} ({found.ocid}) exists and {whose}. Nothing was changed on it.",
                "Plan again: the plan says what to do.",
            )
        lost = is_dying(found.state) and not isinstance(self.kind, Recoverable)
        if lost or is_broken(found.state):
            raise Stop(
                f"OCI says that {found.name} is {found.state}.", f"Look at {found.ocid} in the OCI console, then plan again."
            )

    def _create(self) -> Found | None:
        hand = LedgerHand(self, "create", lambda: self._wire(self._read()))
        try:
            return self.kind.create(hand, self._with_job_tag())
        except AlreadyExists as error:
            found = self._read()  # another environment made what both share, or the name belongs to somebody else
            if found is None:
                error.next_step = self.kind.taken or error.next_step
                raise
            return found

    def _update(self, found: Found, differing: set[str]) -> Found | None:
        fixed = sorted(differing - self.kind.in_place)
        if fixed:
            raise Stop(
                f"OCI cannot change {', '.join(fixed)} of a {self.kind.name} in place.", "Plan again: the plan says what to do."
            )
        fields = {name: _merged(name, self.want.fields[name], found) for name in sorted(differing)}
        hand = LedgerHand(self, f"update {digest(fields)[7:15]}", lambda: self._as_wanted(differing))
        return self.kind.update(hand, self.want, found, fields)

    def _remove(self, found: Found) -> Outcome:
        self.kind.delete(LedgerHand(self, "delete", lambda: {} if self._read() is None else None), found)
        return self._poll("removing the old one")

    def _removed(self) -> Outcome:
        self.ctx.remember(removed=True)
        return Wait(0, "the old one is gone")

    def _read(self) -> Found | None:
        known = self.ctx.memo.get("ocid", "") or self.change["ocid"]
        return self.kind.read(Reading(self.door), self.want, known)

    def _recovered(self) -> dict[str, Any] | None:
        found = self._read()
        return found.wire if found and not is_dying(found.state) else None

    def _as_wanted(self, names: set[str]) -> dict[str, Any] | None:
        """Return the resource when the named fields are as wanted: the answer of an update whose answer was lost."""
        found = self._read()
        wanted = {name: self.want.fields[name] for name in names}
        return found.wire if found and not differences(wanted, found.wire) else None

    @staticmethod
    def _wire(found: Found | None) -> dict[str, Any] | None:
        return found.wire if found else None

    def _with_job_tag(self) -> Desired:
        if not self.kind.tagged:
            return self.want
        fields = dict(self.want.fields)
        fields["freeformTags"] = {**fields["freeformTags"], JOB_TAG: str(self.ctx.job.pk)}
        return Desired(self.want.key, self.want.kind, self.want.name, self.want.place, fields, self.want.needs, self.want.owner)

    def _work_request(self) -> Outcome | None:
        """Return how long to wait for the change that OCI is at work on; stop when OCI gave it up."""
        note = work_request(self)
        return self._poll(note) if note else None

    def _poll(self, note: str, *, ocid: str = "", stubborn: bool = False) -> Wait:
        polls = int(self.ctx.memo.get("polls", 0)) + 1
        if stubborn and polls > STUBBORN_POLLS:
            raise Stop(
                f"OCI accepted the change of {self.want.name} but does not show it ({note}).",
                "Look at it in OCI, then plan again.",
            )
        self.ctx.memo["polls"] = polls
        if ocid:
            self.ctx.memo["ocid"] = ocid
        return Wait(min(5.0, 0.05 * 1.2**polls), note)

    def _lookup(self, key: str, fact: str) -> Any:
        """Resolve a reference: from the steps before, else from what existed when the plan was made."""
        if key == TENANCY:
            return self.door.tenancy
        known = self.ctx.results.get(key) or self.ctx.spec["known"].get(key)
        return None if known is None else known["facts"].get(fact) if fact else known["ocid"]


class Work(Protocol):
    """A step at work on one resource."""

    ctx: StepContext
    door: Door
    want: Desired
    kind: Kind


def work_request(work: Work) -> str:
    """Say how the change goes that OCI is at work on, or nothing when there is none left; stop when OCI gave it up."""
    number = work.ctx.memo.get("work_request", "")
    if not number:
        return ""
    request = work.door.read(work.kind.work_requests, "get_work_request", number).data
    state = str(request.get("lifecycleState") or request.get("status"))
    if state in ("FAILED", "CANCELED"):
        why = "; ".join(_errors(work, request, number)) or request.get("message") or state
        raise Stop(f"OCI gave up: {why}", f"Work request {number}. Clear up the cause, then plan again.")
    if state != "SUCCEEDED":
        return f"work request {state.lower()}"
    work.ctx.remember(work_request="", polls=0)
    return ""


def _errors(work: Work, request: Mapping[str, Any], number: str) -> list[str]:
    """Return why OCI gave up: a load balancer's work request says it itself, the others have a list of their own."""
    told = request.get("errorDetails")
    if told is None and work.kind.work_requests != "load_balancer":
        told = work.door.pages(work.kind.work_requests, "list_work_request_errors", number)
    return [str(error.get("message")) for error in told or []]


class LedgerHand:
    """What a kind changes through: each call is in the job's ledger before it leaves."""

    def __init__(self, work: Work, phase: str, find: Callable[[], Any]) -> None:
        self.door: Door = work.door
        self._work, self._phase, self._find = work, phase, find

    def change(
        self, service: str, operation: str, *args: Any, target: str = "", at: str = "", apart: str = "", **kwargs: Any
    ) -> Answer:
        """Make one changing call, and remember the work request that it starts."""
        ctx = self._work.ctx
        answer = ctx.change(
            service,
            operation,
            *args,
            label=f"{self._phase}: {operation} {apart}".strip(),
            target=target or self._work.want.key,
            find=self._find,
            door=self.door.at(at) if at else self.door,
            **kwargs,
        )
        if answer.work_request and self._work.kind.work_requests:
            ctx.remember(work_request=answer.work_request)
        return answer


def _merged(name: str, want: Any, found: Found) -> Any:
    """Return tags with those that others put there kept: OCI replaces all tags at once."""
    have = found.wire.get(name) or {}
    if name == "freeformTags":
        return {**have, **want}
    if name == "definedTags":
        return {**have, **{namespace: {**(have.get(namespace) or {}), **values} for namespace, values in want.items()}}
    return want


def kind_of(change: Mapping[str, Any]) -> Kind:
    """Return the kind that a frozen change is about."""
    return KINDS[change["desired"]["kind"]]
