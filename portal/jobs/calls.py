"""One changing call to OCI: intent first, then the call, then its outcome; after a crash, find out before calling again."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from portal.audit.trail import row
from portal.audit.verbs import Outcome, Verb
from portal.cloud.door import Answer, Door
from portal.cloud.errors import CloudError, WrongTokenBody
from portal.jobs.definition import JobKind
from portal.jobs.faults import checkpoint
from portal.jobs.interrupts import AskOperator, NotSettled
from portal.jobs.lease import Hold
from portal.jobs.models import Call, StepRow
from portal.jobs.models.call import INTENT, OUTCOME
from portal.jobs.states import CallOutcome
from portal.jobs.token import retry_token, value_digest
from portal.lib.redact import redact
from portal.lib.refusal import Refused

TOKEN_LIFE = timedelta(hours=20)  # OCI remembers a token for 24 hours
KEPT_HEADERS = ("etag", "location", "opc-", "version-id")
OPEN = {CallOutcome.OPEN, CallOutcome.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Request:
    """What a step wants to have called."""

    service: str
    operation: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    label: str
    target: str
    find: Callable[[], Any] | None
    door: Door
    digest: str = ""

    def __post_init__(self) -> None:
        """Fix the digest of what is asked for."""
        object.__setattr__(self, "digest", value_digest([self.service, self.operation, list(self.args), self.kwargs]))

    @property
    def name(self) -> str:
        """Return how messages name the call."""
        return f"{self.service}.{self.operation}"


@dataclass(slots=True)
class CallLedger:
    """The calls of one step: the only way by which a job changes anything in OCI."""

    hold: Hold
    kind: JobKind
    row: StepRow
    clock: Callable[[], datetime]
    proceed: Callable[[], None]  # raises when the job may begin nothing new
    calls: dict[str, Call] = field(default_factory=dict)  # by label, the latest generation

    @property
    def unsettled(self) -> list[Call]:
        """Return the calls that were made and whose outcome is not known."""
        return [call for call in self.calls.values() if call.outcome in OPEN]

    def change(self, request: Request) -> Answer:
        """Make the call, or answer from the ledger when it was made already."""
        call = self.calls.get(request.label)
        if call and call.outcome == CallOutcome.DONE:
            return _replayed(call)
        if call and call.outcome in OPEN:
            return self._settle(call, request)
        return self._begin(call, request)

    def _begin(self, call: Call | None, request: Request) -> Answer:
        """Make a call that certainly did not happen so far."""
        self.proceed()
        generation = 1 if call is None else call.generation + (call.outcome == CallOutcome.ABSENT)
        again = call if call and call.generation == generation else None
        token = retry_token(self.hold.job.pk, self.row.name, request.label, generation, request.digest)
        made = Call(
            pk=again.pk if again else None,
            step=self.row,
            label=request.label,
            generation=generation,
            service=request.service,
            operation=request.operation,
            target=request.target,
            token=token,
            request_digest=request.digest,
            tries=again.tries + 1 if again else 1,
            intent_at=self.clock(),
        )
        return self._send(made, request)

    def _settle(self, call: Call, request: Request) -> Answer:
        """Find out how an earlier try ended: by the same token where OCI remembers it, else by looking."""
        same = call.request_digest == request.digest and self.clock() - call.intent_at < TOKEN_LIFE
        by_token = same and request.door.takes_token(request.service, request.operation)
        if by_token and not (request.find and self.hold.cancel):
            call.tries += 1
            return self._send(call, request, settling=True)
        if request.find is None:
            raise AskOperator(
                f"It is not known whether {request.name} happened ({call.error or 'the worker died'}).",
                f"Look in OCI for what it would have made or changed ({call.target or call.label}), then resume the job: "
                "say whether it did not happen, and the call is made anew.",
            )
        found = request.find()
        if found is not None:
            return self._end(call, CallOutcome.DONE, Answer(found, "", "", "", 200, {}), adopted=True)
        if self.clock() - (call.sent_at or call.intent_at) < timedelta(seconds=settings.JOB_SETTLE_SECONDS):
            raise NotSettled(f"OCI does not show {request.name} (yet); looking again.")
        self._end(call, CallOutcome.ABSENT, None)
        return self._begin(call, request)

    def _send(self, call: Call, request: Request, *, settling: bool = False) -> Answer:
        checkpoint("before-intent")
        self._admit(call, request, settling=settling)
        checkpoint("after-intent")
        self.hold.check()
        call.sent_at = self.clock()
        try:
            answer = request.door.change(
                request.service, request.operation, *request.args, retry_token=call.token, **request.kwargs
            )
        except CloudError as error:
            self._failed(call, error, settling=settling)
            raise
        checkpoint("after-call")
        return self._end(call, CallOutcome.DONE, answer)

    def _admit(self, call: Call, request: Request, *, settling: bool) -> None:
        """Transaction A: still ours, still allowed; then the intent and its audit row, before anything leaves."""
        told = self._told(call, Outcome.ADMITTED, request=request.digest, approvals=self.hold.job.spec.get("approvals", []))
        with transaction.atomic() if self._asks else nullcontext():
            if self._asks:
                self._ask_kind()
            call.outcome, call.outcome_at = CallOutcome.OPEN, None
            call.pk = self.hold.write(INTENT, call.as_values(), told=[told], anyway=settling or self.row.undo)
        self.calls[call.label] = call

    @property
    def _asks(self) -> bool:
        return type(self.kind).admit is not JobKind.admit

    def _ask_kind(self) -> None:
        try:
            self.kind.admit(self.hold.job)
        except Refused as error:
            raise AskOperator(error.message, error.next_step or "Resume the job when it may go on, or cancel it.") from error

    def _failed(self, call: Call, error: CloudError, *, settling: bool) -> None:
        """Transaction B of a call that ended in an error. A try that did nothing says nothing of the one before it."""
        unknown = settling or error.outcome_unknown or isinstance(error, WrongTokenBody)
        call.error, call.request_id = error.message, error.request_id
        self._end(call, CallOutcome.UNKNOWN if unknown else CallOutcome.NOT_DONE, None)
        if isinstance(error, WrongTokenBody):
            raise AskOperator(error.message, error.next_step) from error

    def _end(self, call: Call, outcome: CallOutcome, answer: Answer | None, *, adopted: bool = False) -> Answer:
        """Transaction B: what is known now, and its audit row."""
        call.outcome, call.outcome_at = outcome, self.clock()
        if answer:
            call.answer, call.error = _kept(answer), ""
            call.request_id, call.work_request = answer.request_id or call.request_id, answer.work_request
        more = {**({"adopted": True} if adopted else {}), **({"error": call.error} if call.error else {})}
        # nothing outside happens before the next durable commit (the next intent, or the end of this run of the step)
        self.hold.write(OUTCOME, call.as_values(), told=[self._told(call, _AUDITED[outcome], **more)], durable=False)
        checkpoint("after-outcome")
        return answer or Answer(None, "", "", "", 0, {})

    def _told(self, call: Call, outcome: Outcome, **detail: Any) -> dict[str, str]:
        job = self.hold.job
        words = {
            "operation": str(call),
            "step": self.row.name,
            "label": call.label,
            "try": call.tries,
            "generation": call.generation,
        }
        return row(
            Verb.OCI_CALL,
            actor=job.as_actor,
            subject=call.target or str(call),
            environment=job.environment,
            outcome=outcome,
            job=job.pk,
            request_id=call.request_id,
            detail={**words, "ordered_by": job.actor, "order": job.spec_digest, **detail},
        )


_AUDITED = {
    CallOutcome.DONE: Outcome.DONE,
    CallOutcome.NOT_DONE: Outcome.FAILED,
    CallOutcome.UNKNOWN: Outcome.UNKNOWN,
    CallOutcome.ABSENT: Outcome.FAILED,
}


def _kept(answer: Answer) -> dict[str, Any]:
    """Return what a step that runs again is told: the answer with secrets masked."""
    data = answer.data if isinstance(answer.data, (dict, list, str, int, type(None))) else None
    headers = {name: value for name, value in answer.headers.items() if name.startswith(KEPT_HEADERS)}
    return {"data": redact(data), "etag": answer.etag, "status": answer.status, "headers": headers}


def _replayed(call: Call) -> Answer:
    kept = call.answer or {}
    return Answer(
        data=kept.get("data"),
        request_id=call.request_id,
        etag=kept.get("etag", ""),
        work_request=call.work_request,
        status=kept.get("status", 200),
        headers=kept.get("headers", {}),
    )
