"""The steps of a claimed job with their rows and calls, fitted to the code that this worker has."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction

from portal.audit.verbs import Outcome, Verb
from portal.jobs.calls import CallLedger
from portal.jobs.changes import Changes, StoredStep, ask_about_calls, ask_to_go_on, compare
from portal.jobs.decide import Park, StepView
from portal.jobs.definition import UNDO, JobKind, Step
from portal.jobs.faults import checkpoint
from portal.jobs.lease import Hold
from portal.jobs.models import Call, StepRow
from portal.jobs.models.step import RENAME, SAVE, in_json
from portal.jobs.states import BEGUN, OVER, State, StepState

log = logging.getLogger(__name__)
GONE = "This version of the code has no such step."
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
        self._leftover: list[StepView] = []

    def load(self) -> Park | None:
        """Read rows and calls, and fit them to the steps in code; return what to ask an operator when that takes one.

        The steps are those of the compensation once it has begun.
        """
        rows = {row.pk: row for row in StepRow.objects.filter(job=self._job)}
        self._rename(list(rows.values()))
        self.ledgers = {row.name: self._ledger(row) for row in rows.values()}
        if any(row.started_at for row in rows.values()):  # else there are no calls
            for call in Call.objects.filter(step__job=self._job).order_by("generation"):
                self.ledgers[rows[call.step_id].name].calls[call.label] = call
        for row in rows.values():
            if row.state == StepState.RUNNING:  # its worker died or lost the lease
                row.wait()
        self.steps = self.undo_steps() if self._job.undoing else self._forward_steps()
        return self._fit()

    def _rename(self, rows: list[StepRow]) -> None:
        """Give the steps that have another name in code that name."""
        names = {row.name for row in rows}
        renamed = [row for row in rows if self._kind.present_name(row.name) not in names]
        if renamed:
            values = [{"id": row.pk, "name": self._kind.present_name(row.name)} for row in renamed]
            self._hold.write(RENAME, {"rows": json.dumps(values)})
        for row in renamed:
            row.name = self._kind.present_name(row.name)

    def _forward_steps(self) -> dict[str, Step]:
        try:
            return {step.name: step for step in self._kind.steps(self._job)}
        except DatabaseError:
            raise
        except Exception:
            if self._job.state != State.CANCELLING:
                raise
            log.exception("job %s: its kind has no steps for it any more; it is cancelled by what is stored", self._job.pk)
            return {}

    def _fit(self) -> Park | None:
        """Fit what is stored to the steps in code.

        Cancelling, steps only find out about their last calls: what the code added never begins, what is gone is left.
        Else a difference is an operator's to decide, and is taken over when one did.
        """
        stored = {name: ledger for name, ledger in self.ledgers.items() if ledger.row.undo == self._job.undoing}
        changes = compare({name: _stored(ledger) for name, ledger in stored.items()}, self.steps)
        accepted, cancelling = self._job.accept_changes, self._job.state == State.CANCELLING
        if cancelling and changes.unsettled and not accepted:
            return ask_about_calls(changes)
        made_by, here = self._job.code_version, self._kind.code_version
        other_version = self._job.state == State.RUNNING and made_by != here
        if not cancelling and (changes or other_version) and not accepted:
            return ask_to_go_on(self._job.kind, made_by=made_by, here=here, changes=changes, undoing=self._job.undoing)
        for name in changes.gone:
            if not cancelling or self.ledgers[name].row.state != StepState.PENDING:
                self.row(name).leave(self._hold.now(), _note(self.ledgers[name]))
        if accepted:
            self._take_over(changes, cancelling=cancelling)
        self.save()
        self._leftover = self._left_over(stored, changes.added if cancelling else ())
        self.steps = {name: step for name, step in self.steps.items() if name in self.ledgers}
        return None

    def _take_over(self, changes: Changes, *, cancelling: bool) -> None:
        """Take the steps as the code has them, in its order; what is gone stands last."""
        with transaction.atomic():
            self.save()
            if changes and not cancelling:
                self._create([self.steps[name] for name in changes.added], undo=self._job.undoing)
                self._put_in_order()
                added, gone = ", ".join(changes.added) or "none", ", ".join(changes.gone) or "none"
                self._job.log.create(line=f"The present steps were taken over. Added: {added}. Gone: {gone}.")
            self._job.take_code(self._kind.code_version)

    def _put_in_order(self) -> None:
        order = [*self.steps, *(name for name in self.ledgers if name not in self.steps)]
        rows = [ledger.row for ledger in self.ledgers.values() if ledger.row.undo == self._job.undoing]
        for row in rows:
            row.position = order.index(row.name)
        StepRow.objects.bulk_update(rows, ["position"])

    def _left_over(self, stored: Mapping[str, CallLedger], added: Iterable[str]) -> list[StepView]:
        """Return what the decision must know of beside the steps in code: a failure, and that a cancelled job is not all done."""
        cancelling = self._job.state == State.CANCELLING
        rows = [ledger.row for name, ledger in stored.items() if name not in self.steps and ledger.row.state not in OVER]
        views = [
            StepView(row.name, StepState(row.state), error=row.error, next_step=row.next_step)
            for row in rows
            if cancelling or row.state == StepState.FAILED
        ]
        return views + [StepView(name, StepState.PENDING) for name in added]

    def undo_steps(self) -> dict[str, Step]:
        """Return the kind's compensation as steps that need each other in a row."""
        made: dict[str, Step] = {}
        for step in self._kind.compensation(self._job, self.snapshot()):
            name = UNDO + step.name
            made[name] = Step(name, step.run, list(made)[-1:], step.label or step.name, step.attempts, step.deadline_seconds)
        return made

    def begin_undo(self, steps: dict[str, Step]) -> None:
        """Add rows for the steps of the compensation, and go on with those."""
        self.steps, self._leftover = steps, []
        self._create(steps.values(), undo=True)

    def _create(self, steps: Iterable[Step], *, undo: bool = False) -> None:
        rows = [
            StepRow(job=self._job, name=step.name, label=step.label or step.name, position=position, undo=undo)
            for position, step in enumerate(steps)
        ]
        StepRow.objects.bulk_create(rows)
        self.ledgers.update({row.name: self._ledger(row) for row in rows})

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
        return [self._view(step, in_flight, now) for step in self.steps.values()] + self._leftover

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

    def _view(self, step: Step, in_flight: Collection[str], now: datetime) -> StepView:
        ledger = self.ledgers[step.name]
        row = ledger.row
        return StepView(
            name=step.name,
            state=StepState(row.state),
            needs=tuple(step.needs),
            wake_at=row.wake_at if row.state == StepState.WAITING else None,
            in_flight=step.name in in_flight,
            deadline_at=(row.started_at or now) + timedelta(seconds=step.deadline_seconds),
            unsettled=bool(ledger.unsettled) and row.state not in OVER,
            error=row.error,
            next_step=row.next_step,
        )


def _stored(ledger: CallLedger) -> StoredStep:
    return StoredStep(StepState(ledger.row.state), tuple(f"{call} ({call.target or call.label})" for call in ledger.unsettled))


def _note(ledger: CallLedger) -> str:
    unknown = ", ".join(str(call) for call in ledger.unsettled)
    return f"{GONE} It is not known whether {unknown} happened." if unknown else GONE
