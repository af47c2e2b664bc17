"""One claimed job on its way through its graph."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from portal.audit.verbs import Outcome, Verb
from portal.cloud.door import Door
from portal.jobs import decide as move
from portal.jobs import link
from portal.jobs.context import say
from portal.jobs.crew import Crew
from portal.jobs.decide import JobView, decide
from portal.jobs.definition import JobKind
from portal.jobs.ending import Ending, settle
from portal.jobs.faults import checkpoint
from portal.jobs.graph import Graph
from portal.jobs.interrupts import Cancelled, Draining, Fenced
from portal.jobs.kinds import kind_named
from portal.jobs.lease import Hold
from portal.jobs.models import Job
from portal.jobs.run import Run
from portal.jobs.states import State, StepState

log = logging.getLogger(__name__)
PAUSE_SECONDS = 0.2


class Execution:
    """Runs the job until it ends, waits long, is parked, or is lost. One thread conducts; steps run in the crew."""

    def __init__(
        self,
        hold: Hold,
        crew: Crew,
        make_door: Callable[[], Door],
        draining: threading.Event,
        *,
        stay: timedelta = move.STAY,
    ) -> None:
        self.hold = hold
        self.job: Job = hold.job
        self._crew = crew
        self._make_door = make_door
        self._draining = draining
        self._stay = stay
        self._changed = threading.Condition()
        self._endings: list[Ending] = []
        self._nudged = False
        self._kind: JobKind
        self._graph: Graph
        self._in_flight: set[str] = set()

    # --- from outside ---------------------------------------------------------------------------------------------

    def nudge(self) -> None:
        """Have the conductor look again: a cancel, a drain, a lost lease."""
        with self._changed:
            self._nudged = True
            self._changed.notify()

    def run(self) -> None:
        """Go as far as it goes. Never raises: what cannot be told to the database ends with the lease."""
        try:
            checkpoint("after-claim")
            while not self._through():
                self._regroup()
        except Fenced:
            self._tell_fenced()
        except DatabaseError:
            log.exception("job %s is left to the sweep: the database does not answer", self.job.pk)
        except Exception as error:
            log.exception("job %s: a fault in its kind", self.job.pk)
            self._park_surprise(error)
        finally:
            self.hold.lost = True

    def _through(self) -> bool:
        """Go as far as it goes; False when the database went away, and the hold is still good."""
        try:
            if self._take_up():
                while self._advance():
                    pass
        except (OperationalError, InterfaceError):
            if not self.hold.safe:
                raise
            log.warning("job %s: the database went away; taking the job up anew", self.job.pk, exc_info=True)
            return False
        return True

    def _regroup(self) -> None:
        """Forget what is only in memory: what has been done is in the ledger, so that its steps may run again."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._endings) >= len(self._in_flight), self.hold.lease_seconds):
                raise Fenced  # a step is not back: it must not meet itself, so the job goes to whoever comes after the lease
            self._endings, self._in_flight = [], set()
        time.sleep(PAUSE_SECONDS)
        with suppress(OperationalError, InterfaceError):
            link.mend()
            self._reread()

    def _reread(self) -> None:
        """Read the job again. Its epoch stays ours: with the present one, whoever lost the job could write to it."""
        self.job.refresh_from_db()
        self.job.epoch = self.hold.epoch

    def now(self) -> datetime:
        """Return the present moment by the clock of the database."""
        return self.hold.now()

    # --- taking up ------------------------------------------------------------------------------------------------

    def _take_up(self) -> bool:
        """Load the steps; False when there is nothing to do, or when an operator has to say how it goes on."""
        if self.job.over or self.job.lease_until is None:
            return False  # its last transaction was committed although the answer was lost
        self._kind = kind_named(self.job.kind)
        self._graph = Graph(self.hold, self._kind, self._proceed)
        if park := self._graph.load():
            self._park(park)
            return False
        return True

    # --- the loop -------------------------------------------------------------------------------------------------

    def _advance(self) -> bool:
        """Take in what has ended, decide, do it; False when we are through with the job."""
        for ending in self._take_endings():
            self._absorb(ending)
        match decide(self._view()):
            case move.Start(names):
                self._start(names)
            case move.Rest(until):
                self._graph.save()
                self._rest(until)
            case move.Release(until):
                with transaction.atomic():
                    self._graph.save()
                    self.job.release(until)
                return False
            case move.Park() as park:
                self._park(park)
                return False
            case move.Undo() as undo:
                return self._undo(undo)
            case move.Become(State.CANCELLING):
                with transaction.atomic():
                    self._graph.save()
                    self.job.begin_cancelling(self.now())
            case move.Become(state):
                self._finish(state)
                return False
        return True

    def _take_endings(self) -> list[Ending]:
        with self._changed:
            taken, self._endings = self._endings, []
            return taken

    def _absorb(self, ending: Ending) -> None:
        if isinstance(ending.error, Fenced):
            raise Fenced
        self._in_flight.discard(ending.name)
        row = self._graph.row(ending.name)
        settle(row, self._graph.steps[ending.name], ending, self.now())
        ledger = self._graph.ledgers[ending.name]
        if row.state == StepState.STOPPED and ledger.unsettled:
            row.ask_about(str(call) for call in ledger.unsettled)
        if row.error:
            say(ledger, row.label, row.error, getattr(ending.error, "request_id", ""))

    def _view(self) -> JobView:
        return JobView(
            state=State(self.job.state),
            steps=self._graph.views(self._in_flight, self.now()),
            now=self.now(),
            cancel=self.hold.cancel,
            deadline_at=self.job.deadline_at,
            draining=self._draining.is_set(),
            stay=self._stay,
        )

    def _start(self, names: tuple[str, ...]) -> None:
        """Write what has ended and what begins in one transaction, then let the crew run."""
        graph = self._graph
        for name in names:
            graph.row(name).begin(self.now())
        graph.save()
        so_far = graph.results()
        for name in names:
            self._in_flight.add(name)
            self._crew.submit(Run(graph.steps[name], graph.ledgers[name], so_far, self._make_door, self.report))

    def _rest(self, until: datetime | None) -> None:
        seconds = None if until is None else max((until - self.now()).total_seconds(), 0)
        with self._changed:
            self._changed.wait_for(lambda: self._endings or self._nudged, seconds)
            self._nudged = False
        if self.hold.lost:
            raise Fenced

    # --- endings --------------------------------------------------------------------------------------------------

    def _park(self, park: move.Park) -> None:
        if self._kind.routine and self.job.state == State.RUNNING:
            self._finish(State.FAILED, at_step=park.step, reason=park.reason, next_step=park.next_step)
            return
        with transaction.atomic():
            self._graph.save()
            self.job.park(at_step=park.step, reason=park.reason, next_step=park.next_step)

    def _undo(self, undo: move.Undo) -> bool:
        """Go into the compensation, or end here when the kind has none."""
        trouble = {"at_step": undo.step, "reason": undo.reason, "next_step": undo.next_step}
        steps = self._graph.undo_steps()
        if not steps:
            self._finish(State.FAILED if self.job.state == State.RUNNING else State.CANCELLED, **trouble)
            return False
        with transaction.atomic():
            self._graph.save()
            self._graph.begin_undo(steps)
            self.job.begin_undoing(self.now(), **trouble)
        return True

    def _finish(self, state: State, **trouble: str) -> None:
        self._graph.save()
        checkpoint("before-finish")
        with transaction.atomic():
            self.job.finish(state, self.now(), result=self._graph.final_results(), **trouble)
            self._kind.finished(self.job, self._graph.snapshot())
        checkpoint("after-finish")

    def _park_surprise(self, error: Exception) -> None:
        """Park a job whose kind raised where it must not."""
        try:
            self._reread()
            self.job.park(
                at_step="",
                reason=f"A fault in the code of '{self.job.kind}': {type(error).__name__}: {error}",
                next_step="Report it with the worker's log; after the mend, resume the job.",
            )
        except (Fenced, DatabaseError):
            log.exception("job %s could not be parked either", self.job.pk)

    def _tell_fenced(self) -> None:
        self.hold.lost = True
        log.warning("job %s: fenced, another worker holds it", self.job.pk)
        try:
            self.job.told(Verb.JOB_FENCED, self.job.as_actor, outcome=Outcome.REFUSED, epoch=self.hold.epoch)
        except DatabaseError:
            log.exception("job %s: the fence could not be recorded", self.job.pk)

    # --- what steps see -------------------------------------------------------------------------------------------

    def report(self, ending: Ending) -> None:
        """Take in how a run of a step ended; called from the crew."""
        with self._changed:
            self._endings.append(ending)
            self._changed.notify()

    def _proceed(self) -> None:
        """Raise when no new call may begin."""
        if not self.hold.safe:
            raise Fenced
        if self._draining.is_set():
            raise Draining
        if self.hold.cancel and not self.job.undoing:
            raise Cancelled
