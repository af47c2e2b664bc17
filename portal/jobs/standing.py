"""How the steps of a job stand, read from their ledgers."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.jobs.calls import CallLedger
from portal.jobs.decide import StepView
from portal.jobs.definition import Step
from portal.jobs.states import OVER, StepState

Ledgers = Mapping[str, CallLedger]


def step_view(step: Step, ledger: CallLedger, in_flight: Collection[str], now: datetime) -> StepView:
    """Return the step as the decision sees it."""
    row = ledger.row
    return StepView(
        name=step.name,
        state=StepState(row.state),
        needs=tuple(step.needs),
        wake_at=row.wake_at if row.state == StepState.WAITING else None,
        in_flight=step.name in in_flight,
        deadline_at=(row.started_at or now) + timedelta(seconds=step.deadline_seconds),
        unsettled=ledger.unsettled and row.state not in OVER,
        error=row.error,
        next_step=row.next_step,
    )


def results(ledgers: Ledgers) -> dict[str, dict[str, Any]]:
    """Return the results of the steps that are over."""
    return {name: ledger.row.result for name, ledger in ledgers.items() if ledger.row.state in OVER}


def left(ledgers: Ledgers) -> dict[str, dict[str, Any]]:
    """Return the results of the way forward, and what its steps remembered when they did not end."""
    rows = [ledger.row for ledger in ledgers.values() if not ledger.row.undo]
    found = {row.name: (row.result if row.state in OVER else row.memo) for row in rows}
    return {name: value for name, value in found.items() if value or name in results(ledgers)}


def sinks(steps: Mapping[str, Step], ledgers: Ledgers) -> dict[str, dict[str, Any]]:
    """Return the results that no other step took up."""
    needed = {name for step in steps.values() for name in step.needs}
    return {name: result for name, result in results(ledgers).items() if name not in needed and result}
