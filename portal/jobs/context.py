"""What the engine hands to a step while it runs."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from portal.cloud.door import Answer, Door
from portal.jobs.calls import CallLedger, Request
from portal.jobs.models import Job
from portal.lib.redact import redact

_SAY = """
    INSERT INTO jobs_joblog (job_id, at, step, line, request_id)
    SELECT id, clock_timestamp(), %(step)s, %(line)s, %(request)s FROM held RETURNING id"""
_REMEMBER = "UPDATE jobs_steprow AS s SET memo = %(memo)s FROM held WHERE s.id = %(step)s RETURNING s.id"


class Context:
    """The engine's side of `definition.StepContext`."""

    def __init__(
        self, ledger: CallLedger, *, results: Mapping[str, dict[str, Any]], make_door: Callable[[], Door], name: str
    ) -> None:
        self._ledger = ledger
        self._make_door = make_door
        self._name = name
        self.results = results
        self.memo: dict[str, Any] = dict(ledger.row.memo)

    @property
    def job(self) -> Job:
        """Return the job, as it was claimed."""
        return self._ledger.hold.job

    @property
    def spec(self) -> dict[str, Any]:
        """Return the frozen order of the job."""
        spec: dict[str, Any] = self.job.spec
        return spec

    @property
    def now(self) -> datetime:
        """Return the present moment by the clock of the database."""
        return self._ledger.clock()

    @property
    def door(self) -> Door:
        """Return the way to OCI, for reads."""
        return self._make_door()

    def remember(self, **values: Any) -> None:
        """Put values in the memo and commit them at once."""
        self.memo.update(values)
        values = {"memo": json.dumps(self.memo), "step": self._ledger.row.pk}
        self._ledger.hold.write(_REMEMBER, values, durable=False)  # on disk with the next intent, or the end of this run

    def say(self, line: str, *, request_id: str = "") -> None:
        """Add a line to the log of the job."""
        say(self._ledger, self._name, line, request_id)

    def change(
        self,
        service: str,
        operation: str,
        *args: Any,
        label: str | None = None,
        target: str = "",
        find: Callable[[], Any] | None = None,
        door: Door | None = None,
        **kwargs: Any,
    ) -> Answer:
        """Make one changing call to OCI through the ledger."""
        request = Request(service, operation, args, kwargs, label or operation, target, find, door or self.door)
        return self._ledger.change(request)


def say(ledger: CallLedger, step: str, line: str, request_id: str = "") -> None:
    """Write a line of the log, unless the job is somebody else's by now."""
    values = {"step": step, "line": redact(line).replace("\x00", ""), "request": request_id}
    ledger.hold.write(_SAY, values, durable=False)
