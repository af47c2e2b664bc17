"""One run of one step, and what becomes of the step when it ends."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from portal.cloud.client import CloudClient
from portal.cloud.errors import BreakerOpen, Unreachable
from portal.jobs.calls import CallLedger
from portal.jobs.context import Context
from portal.jobs.definition import Done, JsonObject, Results, Skipped, Step, StepResult, Wait
from portal.jobs.faults import fault_point
from portal.jobs.interrupts import Cancelled, Draining, Interrupted, NotSettled
from portal.jobs.models import StepRow
from portal.jobs.retry import Fail, NeedOperator, Retry, classify
from portal.jobs.states import StepState
from portal.lib.database import is_away

UNREACHED_SINCE = "unreached_since"  # in the memo of a step
log = logging.getLogger(__name__)
rng = random.Random()  # noqa: S311 - spreads retries, guards nothing


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How one run of a step ended: with what it returned, or with an error."""

    name: str
    returned: StepResult | None = None
    error: BaseException | None = None
    memo: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepRun:
    """Runs the step and reports its outcome; called by the executor, in a thread of its own."""

    step: Step
    ledger: CallLedger
    results: Results
    make_client: Callable[[], CloudClient]
    report: Callable[[StepOutcome], None]

    def __call__(self) -> None:
        """Run the step. Never raises."""
        name, label = self.step.name, self.ledger.row.label
        context = Context(
            self.ledger, results=self.results, make_client=self.make_client, name=label
        )
        try:
            fault_point("step-begins")
            self.ledger.lease.check()
            returned = self.step.run(context)
            fault_point("step-ends")
        except Interrupted as interrupt:
            self.report(StepOutcome(name, error=interrupt, memo=context.memo))
        except (Exception, SystemExit) as error:
            reconnect()
            log.info("job %s, step %s: %s", context.job.pk, name, error, exc_info=True)
            self.report(StepOutcome(name, error=error, memo=context.memo))
        else:
            self.report(StepOutcome(name, returned=returned, memo=context.memo))


def reconnect() -> None:
    """Close this thread's connection if it broke, so that the next statement opens a new one."""
    if connection.errors_occurred and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def apply_outcome(row: StepRow, step: Step, outcome: StepOutcome, now: datetime) -> None:
    """Write the outcome into the step's row (not yet into the database)."""
    row.memo, row.note = outcome.memo, ""
    if not isinstance(outcome.error, Unreachable | BreakerOpen):
        row.memo.pop(UNREACHED_SINCE, None)
    match outcome.returned:
        case Done(result):
            row.end(StepState.DONE, now)
            row.result, row.error = result, ""
        case Skipped(reason):
            row.end(StepState.SKIPPED, now)
            row.note, row.error = reason, ""
        case Wait(seconds, note):
            _wait(row, step, now, seconds=seconds, note=note, error="")
        case _:
            error = outcome.error or TypeError(f"step {step.name} returned no outcome")
            _apply_error(row, step, error, now)


def _apply_error(row: StepRow, step: Step, error: BaseException, now: datetime) -> None:
    match error:
        case Cancelled():
            row.end(StepState.STOPPED, now)
            row.note = "stopped by the cancellation"
        case Draining():
            row.wait(now)
        case NotSettled():
            _wait(row, step, now, seconds=3, note=str(error), error=row.error)
        case _ if is_away(error):
            note = "the portal's database did not answer; trying again"
            _wait(row, step, now, seconds=0.5, note=note, error="")
        case _:
            _apply_failure(row, step, error, now)


def _apply_failure(row: StepRow, step: Step, error: BaseException, now: datetime) -> None:
    attempts = row.attempts + 1
    meaning = classify(
        error,
        attempts=attempts,
        limit=step.attempts,
        last_delay=row.backoff,
        rng=rng,
        unreached=_unreached(row, error, now),
    )
    match meaning:
        case Retry(seconds, message, counted):
            row.attempts, row.backoff = row.attempts + counted, seconds
            note = f"tries again: {message}"
            _wait(row, step, now, seconds=seconds, note=note, error=message)
        case Fail(message, next_step):
            # a failed compensation is never left by itself: half undone is an operator's case
            row.end(StepState.PARKED if row.undo else StepState.FAILED, now)
            row.attempts, row.error, row.next_step = attempts, message, next_step
        case NeedOperator(message, next_step):
            row.park()
            row.attempts, row.error, row.next_step = attempts, message, next_step


def _unreached(row: StepRow, error: BaseException, now: datetime) -> float:
    """Return for how many seconds no connection was possible; the step's memo keeps since when."""
    if not isinstance(error, Unreachable):
        return 0.0
    since = datetime.fromisoformat(row.memo.setdefault(UNREACHED_SINCE, now.isoformat()))
    return (now - since).total_seconds()


def _wait(
    row: StepRow, step: Step, now: datetime, *, seconds: float, note: str, error: str
) -> None:
    """Let the step wait, but not past its own deadline."""
    deadline = (row.started_at or now) + timedelta(seconds=step.deadline_seconds)
    row.note, row.error = note, error
    if now < deadline:
        row.wait(min(now + timedelta(seconds=seconds), deadline))
        return
    row.park()
    limit = f"The step did not finish within {step.deadline_seconds:.0f} seconds."
    row.error = f"{limit} {note or error}".strip()
    row.next_step = (
        "See in the OCI console why it takes so long, then resume the job (with a new "
        "deadline) or cancel it."
    )
