"""Runs one claimed job through its steps."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from portal.audit.verbs import Outcome, Verb
from portal.cloud.client import CloudClient
from portal.jobs import decide as move
from portal.jobs.context import say
from portal.jobs.decide import JobView, decide
from portal.jobs.definition import JobKind
from portal.jobs.executor import Executor
from portal.jobs.faults import fault_point
from portal.jobs.graph import Graph
from portal.jobs.interrupts import Cancelled, Draining, Fenced
from portal.jobs.kinds import load_kind
from portal.jobs.lease import Lease
from portal.jobs.models import Job
from portal.jobs.states import JobState, StepState
from portal.jobs.step_run import StepOutcome, StepRun, apply_outcome, reconnect
from portal.lib.database import is_away

log = logging.getLogger(__name__)
PAUSE_SECONDS = 0.2


class Execution:
    """Runs the job until it ends, waits long, is parked, or its lease is lost.

    One thread decides and writes; the steps run in the executor and report to it.
    """

    def __init__(
        self,
        lease: Lease,
        executor: Executor,
        make_client: Callable[[], CloudClient],
        draining: threading.Event,
        *,
        short_wait: timedelta = move.SHORT_WAIT,
    ) -> None:
        self.lease = lease
        self.job: Job = lease.job
        self._executor = executor
        self._make_door = make_client
        self._draining = draining
        self._short_wait = short_wait
        self._changed = threading.Condition()
        self._outcomes: list[StepOutcome] = []
        self._woken = False
        self._kind: JobKind
        self._graph: Graph
        self._in_flight: set[str] = set()

    # --- called by other threads --------------------------------------------------------

    def wake(self) -> None:
        """Have it decide again: because of a cancel, a drain, a lost lease."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def report(self, outcome: StepOutcome) -> None:
        """Take in how a run of a step ended."""
        with self._changed:
            self._outcomes.append(outcome)
            self._changed.notify()

    # --- the whole run ------------------------------------------------------------------

    def run(self) -> None:
        """Go as far as it goes. Never raises: what cannot be written ends with the lease."""
        try:
            fault_point("after-claim")
            while not self._attempt():
                self._reset()
        except Fenced:
            self._audit_fenced()
        except Exception as error:
            if is_away(error):
                log.exception("job %s is left to the sweep: the database is away", self.job.pk)
                return
            log.exception("job %s: a fault in its kind", self.job.pk)
            self._park_fault(error)
        finally:
            self.lease.lost = True

    def _attempt(self) -> bool:
        """Go as far as it goes; False when the database went away and the lease is still safe."""
        try:
            if self._load():
                while self._advance():
                    pass
        except DatabaseError as error:
            if not is_away(error) or not self.lease.safe:
                raise
            log.warning("job %s: the database went away; retrying", self.job.pk, exc_info=True)
            return False
        return True

    def _reset(self) -> None:
        """Forget what is only in memory: the ledger has what was done, so steps may run again."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: len(self._outcomes) >= len(self._in_flight), self.lease.lease_seconds
            )
            if not done:  # a step is still running and must not run twice: leave the job to expire
                raise Fenced
            self._outcomes, self._in_flight = [], set()
        time.sleep(PAUSE_SECONDS)
        with suppress(DatabaseError):
            reconnect()
            self._reload()

    def _reload(self) -> None:
        self.job.refresh_from_db()
        # the present epoch may be another worker's: with it, we could write to a job that we lost
        self.job.epoch = self.lease.epoch

    def _load(self) -> bool:
        """Load the steps; False when there is nothing to do, or when an operator has to decide."""
        if self.job.over or self.job.lease_until is None:
            return False  # its last transaction was committed although the answer was lost
        self._kind = load_kind(self.job.kind)
        self._graph = Graph(self.lease, self._kind, self._check_may_call)
        if park := self._graph.load():
            self._park(park)
            return False
        return True

    # --- the loop -----------------------------------------------------------------------

    def _advance(self) -> bool:
        """Take in what has ended, decide, do it; False when this run of the job is over."""
        for outcome in self._take_outcomes():
            self._apply(outcome)
        match decide(self._view()):
            case move.Start(names):
                self._start(names)
            case move.Idle(until):
                self._graph.save()
                self._idle(until)
            case move.GiveBack(until):
                with transaction.atomic():
                    self._graph.save()
                    self.job.release(until)
                return False
            case move.Park() as park:
                self._park(park)
                return False
            case move.Compensate() as compensate:
                return self._compensate(compensate)
            case move.ChangeState(JobState.CANCELLING):
                with transaction.atomic():
                    self._graph.save()
                    self.job.begin_cancelling(self.lease.now())
            case move.ChangeState(state):
                self._finish(state)
                return False
        return True

    def _take_outcomes(self) -> list[StepOutcome]:
        with self._changed:
            taken, self._outcomes = self._outcomes, []
            return taken

    def _apply(self, outcome: StepOutcome) -> None:
        if isinstance(outcome.error, Fenced):
            raise Fenced
        self._in_flight.discard(outcome.name)
        row = self._graph.row(outcome.name)
        apply_outcome(row, self._graph.steps[outcome.name], outcome, self.lease.now())
        ledger = self._graph.ledgers[outcome.name]
        if row.state == StepState.STOPPED and ledger.unsettled:
            row.ask_about(str(call) for call in ledger.unsettled)
        if row.error:
            say(ledger, row.label, row.error, getattr(outcome.error, "request_id", ""))

    def _view(self) -> JobView:
        now = self.lease.now()
        return JobView(
            state=JobState(self.job.state),
            steps=self._graph.views(self._in_flight, now),
            now=now,
            cancel=self.lease.cancel,
            deadline_at=self.job.deadline_at,
            draining=self._draining.is_set(),
            short_wait=self._short_wait,
        )

    def _start(self, names: tuple[str, ...]) -> None:
        """Write what has ended and what begins in one transaction, then run the steps."""
        graph = self._graph
        for name in names:
            graph.row(name).begin(self.lease.now())
        graph.save()
        results = graph.results()
        for name in names:
            self._in_flight.add(name)
            step, ledger = graph.steps[name], graph.ledgers[name]
            self._executor.submit(StepRun(step, ledger, results, self._make_door, self.report))

    def _idle(self, until: datetime | None) -> None:
        seconds = None if until is None else max((until - self.lease.now()).total_seconds(), 0)
        with self._changed:
            self._changed.wait_for(lambda: self._outcomes or self._woken, seconds)
            self._woken = False
        if self.lease.lost:
            raise Fenced

    def _check_may_call(self) -> None:
        """Raise when a step may begin no new call."""
        if not self.lease.safe:
            raise Fenced
        if self._draining.is_set():
            raise Draining
        if self.lease.cancel and not self.job.undoing:
            raise Cancelled

    # --- how the run ends ---------------------------------------------------------------

    def _park(self, park: move.Park) -> None:
        trouble = {"at_step": park.step, "reason": park.reason, "next_step": park.next_step}
        if self._kind.routine and self.job.state == JobState.RUNNING:
            self._finish(JobState.FAILED, **trouble)
            return
        with transaction.atomic():
            self._graph.save()
            self.job.park(**trouble)

    def _compensate(self, why: move.Compensate) -> bool:
        """Go into the compensation, or end the job here when the kind has none."""
        trouble = {"at_step": why.step, "reason": why.reason, "next_step": why.next_step}
        steps = self._graph.undo_steps()
        if not steps:
            forward = self.job.state == JobState.RUNNING
            self._finish(JobState.FAILED if forward else JobState.CANCELLED, **trouble)
            return False
        with transaction.atomic():
            self._graph.save()
            self._graph.begin_undo(steps)
            self.job.begin_undoing(self.lease.now(), **trouble)
        return True

    def _finish(self, state: JobState, **trouble: str) -> None:
        self._graph.save()
        fault_point("before-finish")
        with transaction.atomic():
            result = self._graph.final_results()
            found_nothing = self.job.is_quiet and not self._graph.called_something
            audited = state != JobState.SUCCEEDED or not found_nothing
            now = self.lease.now()
            self.job.finish(state, now, result=result, audited=audited, **trouble)
            self._kind.finished(self.job, self._graph.snapshot())
        fault_point("after-finish")

    def _park_fault(self, error: Exception) -> None:
        """Park a job whose kind raised where it must not."""
        try:
            self._reload()
            self.job.park(
                at_step="",
                reason=f"Error in the code of '{self.job.kind}': {type(error).__name__}: {error}",
                next_step="Report it with the worker's log. When it is fixed, resume the job.",
            )
        except (Fenced, DatabaseError):
            log.exception("job %s could not be parked either", self.job.pk)

    def _audit_fenced(self) -> None:
        self.lease.lost = True
        log.warning("job %s: fenced, another worker has it", self.job.pk)
        try:
            detail = {"epoch": self.lease.epoch}
            self.job.audit(Verb.JOB_FENCED, self.job.as_actor, outcome=Outcome.REFUSED, **detail)
        except DatabaseError:
            log.exception("job %s: the fence could not be recorded", self.job.pk)
