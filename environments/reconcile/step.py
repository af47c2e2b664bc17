"""A step at work on one resource: how it reads, writes through the ledger, and waits for OCI."""

from collections.abc import Callable, Mapping
from typing import Any

from environments import webhook_address
from environments.desired import TENANCY, Actual, Desired, Known, fact_of
from environments.kinds import KINDS
from environments.reconcile.observe import CloudReader
from portal.cloud.client import Answer, CloudClient, client
from portal.jobs.definition import StepContext, Stop, Wait

PLAN_AGAIN = "Plan again: the plan says what to do."
GIVEN_UP = ("FAILED", "CANCELED")  # states of a work request


class ResourceStep:
    """The work on one resource; what must outlive a crash is in the job's ledger or in OCI
    itself.
    """

    def __init__(self, ctx: StepContext, want: Desired, ocid: str) -> None:
        self.ctx = ctx
        self.client: CloudClient = client(ctx.spec["region"])
        self.ocid = ocid
        self.want = want.resolved(self._look_up)
        self.kind = KINDS[want.kind]

    def read(self) -> Actual | None:
        """Read it from OCI, by the OCID that this step or the plan knows."""
        known = self.ctx.memo.get("ocid", "") or self.ocid
        return self.kind.read(CloudReader(self.client), self.want, known)

    def work_request(self) -> str:
        """Return how the change goes on that OCI works on, empty when none is left; stop if
        it failed.
        """
        number = self.ctx.memo.get("work_request", "")
        if not number:
            return ""
        request = self.client.read(self.kind.work_requests, "get_work_request", number).data
        state = str(request.get("lifecycleState") or request.get("status"))
        if state in GIVEN_UP:
            why = "; ".join(self._errors(request, number)) or request.get("message") or state
            way = f"Work request {number}. Fix the cause, then plan again."
            raise Stop(f"OCI reported a failure: {why}", way)
        if state != "SUCCEEDED":
            return f"work request {state.lower()}"
        self.ctx.remember(work_request="", polls=0)
        return ""

    def wait(self, note: str, *, most: int, refusal: str) -> Wait:
        """Come again a little later; stop with the refusal after so many polls."""
        polls = int(self.ctx.memo.get("polls", 0)) + 1
        if polls > most:
            raise Stop(refusal, "Check it in the OCI console, then plan again.")
        self.ctx.memo["polls"] = polls
        return Wait(pause_after(polls), note)

    def refuse_foreign(self, found: Actual, words: str) -> None:
        """Stop at what does not carry the portal's tags for this resource."""
        if self.kind.tagged and not found.is_ours(self.want):
            raise Stop(f"{found.name} ({found.ocid}) {words}", PLAN_AGAIN)

    def _look_up(self, key: str, fact: str) -> Any:
        """Resolve a reference: from the steps before, else from what existed when planned."""
        if key == TENANCY:
            return self.client.tenancy
        made = self.ctx.results.get(key, {})
        known = made if "ocid" in made else self.ctx.spec.get("known", {}).get(key)
        return fact_of(Known.from_json(known), fact) if known else None

    def _errors(self, request: Mapping[str, Any], number: str) -> list[str]:
        """Return why OCI gave up: load balancers say it in the request, others in a list of
        its own.
        """
        errors, service = request.get("errorDetails"), self.kind.work_requests
        if errors is None and service != "load_balancer":
            errors = self.client.pages(service, "list_work_request_errors", number)
        return [str(error.get("message")) for error in errors or []]


class JobWriter:
    """What a kind changes through: each call is in the job's ledger before it leaves.

    `find` returns the answer of a call whose answer was lost, or None while OCI shows no effect.
    """

    def __init__(self, step: ResourceStep, phase: str, find: Callable[[], Any]) -> None:
        self.client = step.client
        self._step, self._phase, self._find = step, phase, find

    def change(
        self,
        service: str,
        operation: str,
        *args: Any,
        target: str = "",
        at: str = "",
        apart: str = "",
        **kwargs: Any,
    ) -> Answer:
        """Make one changing call, and remember the work request that it starts."""
        ctx = self._step.ctx
        answer = ctx.change(
            service,
            operation,
            *args,
            label=f"{self._phase}: {operation} {apart}".strip(),
            target=target or self._step.want.key,
            find=self._find,
            client=self.client.at(at) if at else self.client,
            **kwargs,
        )
        if answer.work_request and self._step.kind.work_requests:
            ctx.remember(work_request=answer.work_request)
        return answer

    def webhook_address(self) -> str:
        """Return the address of the portal's webhook with its password."""
        return webhook_address.address()


def pause_after(polls: int) -> float:
    """Return the seconds until the next look: short at first, never over five."""
    return min(5.0, 0.05 * 1.2**polls)
