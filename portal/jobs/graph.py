"""The steps of a claimed job with their rows and calls."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from portal.audit.verbs import Outcome, Verb
from portal.jobs.calls import CallLedger
from portal.jobs.decide import StepView
from portal.jobs.definition import JobKind, Step
from portal.jobs.faults import checkpoint
from portal.jobs.lease import Hold
from portal.jobs.models import Call, StepRow
from portal.jobs.models.step import SAVE, in_json
from portal.jobs.states import BEGUN, OVER, StepState

UNDO = "undo:"  # names of compensation steps, so that they never meet those of the way forward
_TOLD = frozenset(StepState) - BEGUN - {StepState.PENDING}


class Graph:
    """The steps that the job's kind has in code (`steps`), and what is stored of each (`ledgers`), by name."""

    def __init__(self, hold: Hold, kind: JobKind, proceed: Callable[[], None]) -> None:
        self.steps: dict[str, Step] = {}
        self.ledgers: dict[str, CallLedger] = {}
        self._hold = hold
        self._job = hold.job
        self._kind = kind
        self._proceed = proceed
        self._dirty: set[str] = set()

    def load(self) -> None:
        """Read rows and calls; the steps are those of the compensation once it has begun."""
        rows = {row.pk: row for row in StepRow.objects.filter(job=self._job)}
        self.ledgers = {row.name: self._ledger(row) for row in rows.values()}
        if any(row.started_at for row in rows.values()):  # else there are no calls
            for call in Call.objects.filter(step__job=self._job).order_by("generation"):
                self.ledgers[rows[call.step_id].name].calls[call.label] = call
        self.steps = self.undo_steps() if self._job.undoing else self.forward_steps()

    def forward_steps(self) -> dict[str, Step]:
        """Return the steps of the way forward."""
        return {step.name: step for step in self._kind.steps(self._job)}

    def undo_steps(self) -> dict[str, Step]:
        """Return the kind's compensation as steps that need each other in a row."""
        made: dict[str, Step] = {}
        for step in self._kind.compensation(self._job, self.snapshot()):
            name = UNDO + step.name
            made[name] = Step(name, step.run, list(made)[-1:], step.label or step.name, step.attempts, step.deadline_seconds)
        return made

    def create(self, steps: dict[str, Step]) -> None:
        """Add rows for the steps of the compensation, and go on with those."""
        rows = [
            StepRow(job=self._job, name=step.name, label=step.label, position=position, undo=True)
            for position, step in enumerate(steps.values())
        ]
        StepRow.objects.bulk_create(rows)
        self.ledgers.update({row.name: self._ledger(row) for row in rows})
        self.steps = steps

    def row(self, name: str) -> StepRow:
        """Return the row of a step that is about to change."""
        self._dirty.add(name)
        return self.ledgers[name].row

    def save(self) -> None:
        """Write the changed rows, with audit rows of the steps that ended."""
        if not self._dirty:
            return
        rows = [self.ledgers[name].row for name in sorted(self._dirty)]
        checkpoint("before-save")
        self._hold.write(SAVE, {"rows": in_json(rows)}, told=[self._told(row) for row in rows if row.state in _TOLD])
        self._dirty.clear()
        checkpoint("after-save")

    def views(self, in_flight: Collection[str], now: datetime) -> list[StepView]:
        """Return the steps as the decision sees them."""
        return [self._view(step, self.ledgers[name], in_flight, now) for name, step in self.steps.items()]

    def results(self) -> dict[str, dict[str, Any]]:
        """Return the results of the steps that are over."""
        return {name: ledger.row.result for name, ledger in self.ledgers.items() if ledger.row.state in OVER}

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Return the results of the way forward, and what its steps remembered when they did not end."""
        rows = [ledger.row for ledger in self.ledgers.values() if not ledger.row.undo]
        found = {row.name: (row.result if row.state in OVER else row.memo) for row in rows}
        return {name: value for name, value in found.items() if value or name in self.results()}

    def final_results(self) -> dict[str, dict[str, Any]]:
        """Return the results that no other step took up."""
        needed = {name for step in self.steps.values() for name in step.needs}
        return {name: result for name, result in self.results().items() if name not in needed and result}

    def _ledger(self, row: StepRow) -> CallLedger:
        return CallLedger(self._hold, self._kind, row, self._hold.now, self._proceed)

    def _told(self, row: StepRow) -> dict[str, str]:
        outcome = Outcome.DONE if row.state in OVER else Outcome.FAILED
        detail = {"step": row.name, "state": str(row.state), **({"error": row.error} if row.error else {})}
        return self._job.told_as(Verb.STEP_ENDED, self._job.as_actor, outcome=outcome, **detail)

    @staticmethod
    def _view(step: Step, ledger: CallLedger, in_flight: Collection[str], now: datetime) -> StepView:
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
