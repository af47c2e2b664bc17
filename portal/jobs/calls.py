"""One changing call to OCI: intent, call, outcome; after a crash, find out before calling again."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from portal.audit.trail import audit_row
from portal.audit.verbs import Outcome, Verb
from portal.cloud.client import Answer, CloudClient
from portal.cloud.errors import CloudError, WrongTokenBody
from portal.jobs.definition import JobKind, JsonObject
from portal.jobs.faults import fault_point
from portal.jobs.interrupts import AskOperator, NotSettled
from portal.jobs.lease import Lease
from portal.jobs.models import Call, StepRow
from portal.jobs.models.call import INTENT, OUTCOME
from portal.jobs.models.change_freeze import refuse_while_frozen
from portal.jobs.states import CallOutcome
from portal.jobs.token import retry_token, value_digest
from portal.lib.redact import redact
from portal.lib.refusal import Refused

TOKEN_LIFE = timedelta(hours=20)  # OCI remembers a token for 24 hours
KEPT_HEADERS = ("etag", "location", "opc-", "version-id")
OPEN = {CallOutcome.OPEN, CallOutcome.UNKNOWN}


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What a step wants to have called."""

    service: str
    operation: str
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
    label: str
    target: str
    find: Callable[[], object] | None
    client: CloudClient
    digest: str = ""

    def __post_init__(self) -> None:
        called = [self.service, self.operation, list(self.args), self.kwargs]
        object.__setattr__(self, "digest", value_digest(called))

    @property
    def name(self) -> str:
        """Return how messages name the call."""
        return f"{self.service}.{self.operation}"


@dataclass(slots=True)
class CallLedger:
    """The calls of one step: the only way by which a job changes anything in OCI."""

    lease: Lease
    kind: JobKind
    row: StepRow
    clock: Callable[[], datetime]
    check_may_call: Callable[[], None]  # raises when the job may begin no new call
    calls: dict[str, Call] = field(default_factory=dict)  # by label, the latest generation

    @property
    def unsettled(self) -> list[Call]:
        """Return the calls that were made and whose outcome is not known."""
        return [call for call in self.calls.values() if call.outcome in OPEN]

    def change(self, request: CallRequest) -> Answer:
        """Make the call, or answer from the ledger when it was made already."""
        call = self.calls.get(request.label)
        if call and call.outcome == CallOutcome.DONE:
            return _recorded_answer(call)
        if call and call.outcome in OPEN:
            return self._settle(call, request)
        return self._begin(call, request)

    def _begin(self, call: Call | None, request: CallRequest) -> Answer:
        """Make a call that certainly did not happen so far."""
        self.check_may_call()
        generation = 1
        if call:
            generation = call.generation + (call.outcome == CallOutcome.ABSENT)
        again = call if call and call.generation == generation else None
        job, step = self.lease.job.pk, self.row.name
        new = Call(
            pk=again.pk if again else None,
            step=self.row,
            label=request.label,
            generation=generation,
            service=request.service,
            operation=request.operation,
            target=request.target,
            token=retry_token(job, step, request.label, generation, request.digest),
            request_digest=request.digest,
            tries=again.tries + 1 if again else 1,
            intent_at=self.clock(),
        )
        return self._send(new, request)

    def _settle(self, call: Call, request: CallRequest) -> Answer:
        """Find out how an earlier try ended: by the same token, or by a look in OCI."""
        young = self.clock() - call.intent_at < TOKEN_LIFE
        same = call.request_digest == request.digest
        by_token = young and same and request.client.takes_token(request.service, request.operation)
        if by_token and not (request.find and self.lease.cancel):
            call.tries += 1
            return self._send(call, request, settling=True)
        if request.find is None:
            raise AskOperator(
                f"It is not known whether {request.name} happened "
                f"({call.error or 'the worker died'}).",
                "Look in OCI for what it would have created or changed ({call.target or "
                "call.label}). If it did not happen, resume the job and say so: "
                "the call is then made again.",
            )
        found = request.find()
        if found is not None:
            answer = Answer(found, "", "", "", 200, {})
            return self._end(call, CallOutcome.DONE, answer, adopted=True)
        patience = timedelta(seconds=settings.JOB_SETTLE_SECONDS)
        if self.clock() - (call.sent_at or call.intent_at) < patience:
            raise NotSettled(f"OCI does not show {request.name} (yet); checking again.")
        self._end(call, CallOutcome.ABSENT, None)
        return self._begin(call, request)

    def _send(self, call: Call, request: CallRequest, *, settling: bool = False) -> Answer:
        fault_point("before-intent")
        self._write_intent(call, request, settling=settling)
        fault_point("after-intent")
        self.lease.check()
        call.sent_at = self.clock()
        try:
            answer = request.client.change(
                request.service,
                request.operation,
                *request.args,
                retry_token=call.token,
                **request.kwargs,
            )
        except CloudError as error:
            self._failed(call, error, settling=settling)
            raise
        fault_point("after-call")
        return self._end(call, CallOutcome.DONE, answer)

    def _write_intent(self, call: Call, request: CallRequest, *, settling: bool) -> None:
        """Transaction A, before anything leaves: still ours, still allowed, intent, audit row."""
        approvals = self.lease.job.spec.get("approvals", [])
        audit = self._audit_row(
            call, Outcome.ADMITTED, {"request": request.digest, "approvals": approvals}
        )
        asks = self.kind.mutating or type(self.kind).admit is not JobKind.admit
        with transaction.atomic() if asks else nullcontext():
            if asks:
                self._ask_kind(settling=settling)
            call.outcome, call.outcome_at = CallOutcome.OPEN, None
            despite_cancel = settling or self.row.undo
            call.pk = self.lease.write(
                INTENT, call.as_values(), audit=[audit], despite_cancel=despite_cancel
            )
        self.calls[call.label] = call

    def _ask_kind(self, *, settling: bool) -> None:
        """Park the job that may not go on; a call that may have happened is still cleared up."""
        try:
            if self.kind.mutating and not settling:
                refuse_while_frozen(self.lease.job.environment)
            self.kind.admit(self.lease.job)
        except Refused as error:
            default = "Resume the job when it can continue, or cancel it."
            raise AskOperator(error.message, error.next_step or default) from error

    def _failed(self, call: Call, error: CloudError, *, settling: bool) -> None:
        """Transaction B of a call that ended in an error.

        A settling try that did nothing leaves it open whether the try before it did.
        """
        wrong_token = isinstance(error, WrongTokenBody)
        unknown = settling or error.outcome_unknown or wrong_token
        call.error, call.request_id = error.message, error.request_id
        self._end(call, CallOutcome.UNKNOWN if unknown else CallOutcome.NOT_DONE, None)
        if wrong_token:
            raise AskOperator(error.message, error.next_step) from error

    def _end(
        self, call: Call, outcome: CallOutcome, answer: Answer | None, *, adopted: bool = False
    ) -> Answer:
        """Transaction B: what is known now, and its audit row."""
        call.outcome, call.outcome_at = outcome, self.clock()
        if answer:
            call.answer, call.error = _stored_answer(answer), ""
            call.request_id = answer.request_id or call.request_id
            call.work_request = answer.work_request
        detail: JsonObject = {"adopted": True} if adopted else {}
        if call.error:
            detail["error"] = call.error
        audit = self._audit_row(call, _AUDITED[outcome], detail)
        # not durable: nothing leaves before the next durable commit (the next intent, or the end
        # of this run of the step)
        self.lease.write(OUTCOME, call.as_values(), audit=[audit], durable=False)
        fault_point("after-outcome")
        return answer or Answer(None, "", "", "", 0, {})

    def _audit_row(self, call: Call, outcome: Outcome, detail: JsonObject) -> dict[str, str]:
        job = self.lease.job
        about = {
            "operation": str(call),
            "step": self.row.name,
            "label": call.label,
            "try": call.tries,
            "generation": call.generation,
            "ordered_by": job.actor,
            "order": job.spec_digest,
        }
        return audit_row(
            Verb.OCI_CALL,
            actor=job.as_actor,
            subject=call.target or str(call),
            environment=job.environment,
            outcome=outcome,
            job=job.pk,
            request_id=call.request_id,
            detail={**about, **detail},
        )


_AUDITED = {
    CallOutcome.DONE: Outcome.DONE,
    CallOutcome.NOT_DONE: Outcome.FAILED,
    CallOutcome.UNKNOWN: Outcome.UNKNOWN,
    CallOutcome.ABSENT: Outcome.FAILED,
}


def _stored_answer(answer: Answer) -> JsonObject:
    """Return what a step that runs again is told: the answer with secrets masked."""
    data = answer.data if isinstance(answer.data, (dict, list, str, int, type(None))) else None
    headers = {
        name: value for name, value in answer.headers.items() if name.startswith(KEPT_HEADERS)
    }
    return {"data": redact(data), "etag": answer.etag, "status": answer.status, "headers": headers}


def _recorded_answer(call: Call) -> Answer:
    stored = call.answer or {}
    return Answer(
        data=stored.get("data"),
        request_id=call.request_id,
        etag=stored.get("etag", ""),
        work_request=call.work_request,
        status=stored.get("status", 200),
        headers=stored.get("headers", {}),
    )
