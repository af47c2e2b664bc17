"""What becomes of a step when one of its runs ends."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError

from portal.jobs.definition import Done, Outcome, Skipped, Step, Wait
from portal.jobs.interrupts import Cancelled, Draining, NotSettled
from portal.jobs.models import StepRow
from portal.jobs.retry import Again, Ask, GiveUp, judge
from portal.jobs.states import StepState

chance = random.Random()  # noqa: S311 - spreads retries, guards nothing


@dataclass(frozen=True, slots=True)
class Ending:
    """How one run of a step ended: with an outcome or with an error."""

    name: str
    outcome: Outcome | None = None
    error: BaseException | None = None
    memo: dict[str, Any] = field(default_factory=dict)


def settle(row: StepRow, step: Step, ending: Ending, now: datetime) -> None:
    """Write the ending into the step's row (not yet into the database)."""
    row.memo, row.note = ending.memo, ""
    match ending.outcome:
        case Done(result):
            row.end(StepState.DONE, now)
            row.result, row.error = result, ""
        case Skipped(reason):
            row.end(StepState.SKIPPED, now)
            row.note, row.error = reason, ""
        case Wait(seconds, note):
            _wait(row, step, now, seconds=seconds, note=note, error="")
        case _:
            _failed(row, step, ending.error or TypeError(f"step {step.name} returned no outcome"), now)


def _failed(row: StepRow, step: Step, error: BaseException, now: datetime) -> None:
    match error:
        case Cancelled():
            row.end(StepState.STOPPED, now)
            row.note = "stopped by the cancel"
        case Draining():
            row.wait(now)
        case NotSettled():
            _wait(row, step, now, seconds=3, note=str(error), error=row.error)
        case OperationalError() | InterfaceError():
            _wait(row, step, now, seconds=0.5, note="the portal's database did not answer; trying again", error="")
        case _:
            _judged(row, step, error, now)


def _judged(row: StepRow, step: Step, error: BaseException, now: datetime) -> None:
    match judge(error, attempts=row.attempts + 1, limit=step.attempts, last_delay=row.backoff, chance=chance):
        case Again(seconds, words, counted):
            row.attempts, row.backoff = row.attempts + counted, seconds
            _wait(row, step, now, seconds=seconds, note=f"tries again: {words}", error=words)
        case GiveUp(words, next_step):
            # what undoes must not be given up by itself: half-undone is an operator's case
            row.end(StepState.PARKED if row.undo else StepState.FAILED, now)
            row.attempts, row.error, row.next_step = row.attempts + 1, words, next_step
        case Ask(words, next_step):
            row.park()
            row.attempts, row.error, row.next_step = row.attempts + 1, words, next_step


def _wait(row: StepRow, step: Step, now: datetime, *, seconds: float, note: str, error: str) -> None:
    """Let the step wait, but not past its own deadline."""
    deadline = (row.started_at or now) + timedelta(seconds=step.deadline_seconds)
    row.note, row.error = note, error
    if now < deadline:
        row.wait(min(now + timedelta(seconds=seconds), deadline))
        return
    row.park()
    row.error = f"The step did not end within {step.deadline_seconds:.0f} seconds. {note or error}".strip()
    row.next_step = "See in the OCI console why it takes so long, then resume the job (with fresh time) or cancel it."
