"""The steps of a claimed job with their rows and calls, fitted to the code of this worker."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from portal.audit.verbs import Outcome, Verb
from portal.jobs.calls import CallLedger
from portal.jobs.changes import Changes, StoredStep, ask_about_calls, ask_to_go_on, compare
from portal.jobs.decide import Park, StepView
from portal.jobs.definition import UNDO, JobKind, JsonObject, Step
from portal.jobs.faults import fault_point
from portal.jobs.lease import Lease
from portal.jobs.models import Call, StepRow
from portal.jobs.models.step import RENAME, SAVE, rows_json
from portal.jobs.states import BEGUN, OVER, JobState, StepState

log = logging.getLogger(__name__)
GONE = "This version of the code has no such step."
_AUDITED = frozenset(StepState) - BEGUN - {StepState.PENDING}


class Graph:
    """The steps that the job's kind has in code, and what is stored of each, by name."""

    def __init__(self, lease: Lease, kind: JobKind, check_may_call: Callable[[], None]) -> None:
        self.steps: dict[str, Step] = {}
        self.ledgers: dict[str, CallLedger] = {}
        self._lease = lease
        self._job = lease.job
        self._kind = kind
        self._check_may_call = check_may_call
        self._dirty: set[str] = set()
        self._leftover: list[StepView] = []

    # --- loading ------------------------------------------------------------------------

    def load(self) -> Park | None:
        """Read rows and calls, and fit them to the steps in code.

        The steps are those of the compensation once it has begun. When an operator has to decide
        how the job goes on, return what to ask.
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

    def _ledger(self, row: StepRow) -> CallLedger:
        return CallLedger(self._lease, self._kind, row, self._lease.now, self._check_may_call)

    def _rename(self, rows: list[StepRow]) -> None:
        """Give renamed steps their present name."""
        names = {row.name for row in rows}
        renamed = [row for row in rows if self._kind.present_name(row.name) not in names]
        if renamed:
            values = [{"id": row.pk, "name": self._kind.present_name(row.name)} for row in renamed]
            self._lease.write(RENAME, {"rows": json.dumps(values)})
        for row in renamed:
            row.name = self._kind.present_name(row.name)

    def _forward_steps(self) -> dict[str, Step]:
        try:
            return {step.name: step for step in self._kind.steps(self._job)}
        except DatabaseError:
            raise
        except Exception:
            if self._job.state != JobState.CANCELLING:
                raise
            log.exception("job %s: cancelled without its kind's steps", self._job.pk)
            return {}

    def undo_steps(self) -> dict[str, Step]:
        """Return the kind's compensation as steps that need each other in a row."""
        steps: dict[str, Step] = {}
        for step in self._kind.compensation(self._job, self.snapshot()):
            name, label = UNDO + step.name, step.label or step.name
            needs = list(steps)[-1:]
            steps[name] = Step(name, step.run, needs, label, step.attempts, step.deadline_seconds)
        return steps

    # --- fitting what is stored to the code ---------------------------------------------

    def _fit(self) -> Park | None:
        """Fit what is stored to the steps in code.

        Cancelling, steps only find out about their last calls: a step that the code added never
        begins, a step that is gone is left. Otherwise a difference is an operator's to decide, and
        is taken over once one did.
        """
        job, here = self._job, self._kind.code_version
        stored = {name: one for name, one in self.ledgers.items() if one.row.undo == job.undoing}
        changes = compare({name: _stored(one) for name, one in stored.items()}, self.steps)
        accepted, cancelling = job.accept_changes, job.state == JobState.CANCELLING
        if cancelling and changes.unsettled and not accepted:
            return ask_about_calls(changes)
        other_version = job.state == JobState.RUNNING and job.code_version != here
        if not cancelling and (changes or other_version) and not accepted:
            return ask_to_go_on(
                job.kind,
                made_by=job.code_version,
                here=here,
                changes=changes,
                undoing=job.undoing,
            )
        for name in changes.gone:
            if not cancelling or self.ledgers[name].row.state != StepState.PENDING:
                self.row(name).leave(self._lease.now(), _note(self.ledgers[name]))
        if accepted:
            self._take_over(changes, cancelling=cancelling)
        self.save()
        self._leftover = self._leftover_views(stored, changes.added if cancelling else ())
        self.steps = {name: step for name, step in self.steps.items() if name in self.ledgers}
        return None

    def _take_over(self, changes: Changes, *, cancelling: bool) -> None:
        """Take the steps as the code has them, in its order, those that are gone last."""
        with transaction.atomic():
            self.save()
            if changes and not cancelling:
                added = [self.steps[name] for name in changes.added]
                self._create(added, undo=self._job.undoing)
                self._write_order()
                self._job.log.create(line=changes.taken_over())
            self._job.take_code(self._kind.code_version)

    def _write_order(self) -> None:
        order = [*self.steps, *(name for name in self.ledgers if name not in self.steps)]
        rows = [one.row for one in self.ledgers.values() if one.row.undo == self._job.undoing]
        for row in rows:
            row.position = order.index(row.name)
        StepRow.objects.bulk_update(rows, ["position"])

    def _leftover_views(
        self, stored: Mapping[str, CallLedger], added: Iterable[str]
    ) -> list[StepView]:
        """Return what the decision must know of beside the steps that can run.

        That is a failure, and, when a job is cancelled, that not all of it is done.
        """
        cancelling = self._job.state == JobState.CANCELLING
        rows = [one.row for name, one in stored.items() if name not in self.steps]
        views = [
            StepView(row.name, StepState(row.state), error=row.error, next_step=row.next_step)
            for row in rows
            if row.state == StepState.FAILED or (cancelling and row.state not in OVER)
        ]
        return views + [StepView(name, StepState.PENDING) for name in added]

    # --- writing ------------------------------------------------------------------------

    def begin_undo(self, steps: dict[str, Step]) -> None:
        """Add rows for the steps of the compensation, and go on with those."""
        self.steps, self._leftover = steps, []
        self._create(steps.values(), undo=True)

    def _create(self, steps: Iterable[Step], *, undo: bool) -> None:
        rows = [
            StepRow(
                job=self._job,
                name=step.name,
                label=step.label or step.name,
                position=position,
                undo=undo,
            )
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
        audit = [self._audit_row(row) for row in rows if self._is_audited(row)]
        fault_point("before-save")
        self._lease.write(SAVE, {"rows": rows_json(rows)}, audit=audit)
        self._dirty.clear()
        fault_point("after-save")

    def _is_audited(self, row: StepRow) -> bool:
        found_nothing = row.state in OVER and not self.ledgers[row.name].calls
        return row.state in _AUDITED and not (found_nothing and self._job.is_quiet)

    def _audit_row(self, row: StepRow) -> dict[str, str]:
        outcome = Outcome.DONE if row.state in OVER else Outcome.FAILED
        detail = {"step": row.name, "state": str(row.state)}
        if row.error:
            detail["error"] = row.error
        return self._job.audit_row(Verb.STEP_ENDED, self._job.as_actor, outcome=outcome, **detail)

    # --- reading ------------------------------------------------------------------------

    def views(self, in_flight: Collection[str], now: datetime) -> list[StepView]:
        """Return the steps as the decision sees them."""
        return [self._view(step, in_flight, now) for step in self.steps.values()] + self._leftover

    @property
    def called_something(self) -> bool:
        """Say whether a step has begun a changing call."""
        return any(ledger.calls for ledger in self.ledgers.values())

    def results(self) -> dict[str, JsonObject]:
        """Return the results of the steps that are over."""
        over = {name: one.row for name, one in self.ledgers.items() if one.row.state in OVER}
        return {name: row.result for name, row in over.items()}

    def snapshot(self) -> dict[str, JsonObject]:
        """Return the results of the way forward, and what steps that did not end remembered."""
        rows = [one.row for one in self.ledgers.values() if not one.row.undo]
        found = {row.name: row.result if row.state in OVER else row.memo for row in rows}
        results = self.results()
        return {name: value for name, value in found.items() if value or name in results}

    def final_results(self) -> dict[str, JsonObject]:
        """Return the results that no other step needs."""
        needed = {name for step in self.steps.values() for name in step.needs}
        results = self.results().items()
        return {name: result for name, result in results if name not in needed and result}

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
    calls = tuple(f"{call} ({call.target or call.label})" for call in ledger.unsettled)
    return StoredStep(StepState(ledger.row.state), calls)


def _note(ledger: CallLedger) -> str:
    unknown = ", ".join(str(call) for call in ledger.unsettled)
    return f"{GONE} It is not known whether {unknown} happened." if unknown else GONE
