"""What the engine hands to a step while it runs."""

import json
from collections.abc import Callable
from datetime import datetime

from portal.cloud.client import Answer, CloudClient
from portal.jobs.calls import CallLedger, CallRequest
from portal.jobs.definition import JsonObject, Results
from portal.jobs.interrupts import AskOperator
from portal.jobs.models import Job
from portal.lib.redact import redact_words

_SAY = """
    INSERT INTO jobs_joblog (job_id, at, step, line, request_id)
    SELECT id, clock_timestamp(), %(step)s, %(line)s, %(request)s FROM held RETURNING id"""
_REMEMBER = """
    UPDATE jobs_steprow AS s SET memo = %(memo)s FROM held WHERE s.id = %(step)s RETURNING s.id"""


class Context:
    """The engine's side of `definition.StepContext`."""

    def __init__(
        self,
        ledger: CallLedger,
        *,
        results: Results,
        make_client: Callable[[], CloudClient],
        name: str,
    ) -> None:
        self._ledger = ledger
        self._make_door = make_client
        self._name = name
        self.results = results
        self._called: dict[str, str] = {}  # in this run: digests of the requests by label
        self.memo: JsonObject = dict(ledger.row.memo)

    @property
    def job(self) -> Job:
        """Return the job, as it was claimed."""
        return self._ledger.lease.job

    @property
    def spec(self) -> JsonObject:
        """Return the frozen order of the job."""
        spec: JsonObject = self.job.spec
        return spec

    @property
    def now(self) -> datetime:
        """Return the present moment by the clock of the database."""
        return self._ledger.clock()

    @property
    def client(self) -> CloudClient:
        """Return the way to OCI, for reads."""
        return self._make_door()

    def remember(self, **values: object) -> None:
        """Put values in the memo and commit them at once."""
        self.memo.update(values)
        stored = {"memo": json.dumps(self.memo), "step": self._ledger.row.pk}
        # on disk with the next intent, or with the end of this run
        self._ledger.lease.write(_REMEMBER, stored, durable=False)

    def say(self, line: str, *, request_id: str = "") -> None:
        """Add a line to the log of the job."""
        say(self._ledger, self._name, line, request_id)

    def change(
        self,
        service: str,
        operation: str,
        *args: object,
        label: str | None = None,
        target: str = "",
        find: Callable[[], object] | None = None,
        client: CloudClient | None = None,
        **kwargs: object,
    ) -> Answer:
        """Make one changing call to OCI through the ledger."""
        label = label or operation
        request = CallRequest(
            service, operation, args, kwargs, label, target, find, client or self.client
        )
        if self._called.setdefault(label, request.digest) != request.digest:
            raise AskOperator(
                f"The step makes two different calls under one label, {label!r}: the second was "
                "not made.",
                "This is a bug in the job kind: each call needs a label of its own. Report it.",
            )
        return self._ledger.change(request)


def say(ledger: CallLedger, step: str, line: str, request_id: str = "") -> None:
    """Write a line of the log, unless the lease is lost by now."""
    line = redact_words(line).replace("\x00", "")
    values = {"step": step, "line": line, "request": request_id}
    ledger.lease.write(_SAY, values, durable=False)
