"""The runner: in each worker, it sweeps for due jobs, keeps their leases, runs them."""

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connections

from portal.audit import seal
from portal.cloud.door import Door
from portal.cloud.door import door as cloud_door
from portal.jobs import schedules
from portal.jobs.crew import Alone, Threads
from portal.jobs.decide import STAY
from portal.jobs.execution import Execution
from portal.jobs.kinds import runnable_kinds
from portal.jobs.lease import Hold, bury_crashed, claim, renew
from portal.jobs.loop import Loop
from portal.jobs.models import Job, StepRow, Worker
from portal.jobs.models.clock import DatabaseNow
from portal.jobs.orphans import ORPHANED_AFTER, settle_orphans
from portal.jobs.states import ACTIVE, StepState

SEAL_EVERY_SECONDS = 1.0
SEEN_EVERY_SECONDS = 2.0
NEVER_RENEWED_SECONDS = 600.0  # the lease of a run without a heartbeat


class Runner:
    """Sweep, heartbeat, seal, slots. `ring` wakes it, `drain` makes it hand everything back."""

    def __init__(self, *, make_door: Callable[[], Door] = cloud_door, name: str = "") -> None:
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._make_door = make_door
        self._lease = settings.JOB_LEASE_SECONDS
        self._crew = Threads(settings.JOB_STEP_THREADS)
        self._draining = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[Execution, threading.Thread] = {}
        self._presence = Presence(self.name)
        self._orphans_at = time.monotonic() + ORPHANED_AFTER.total_seconds()
        self._sweep = Loop("sweep", self.sweep, seconds=settings.JOB_SWEEP_SECONDS, ended=self._draining.is_set)
        self._pulse = Loop("heartbeat", self.beat, seconds=self._lease / 3, ended=self._done)
        self._seal = Loop("seal", seal.tick, seconds=SEAL_EVERY_SECONDS, ended=self._draining.is_set)

    def start(self) -> None:
        """Start the three loops."""
        Worker.forget_gone()
        for loop in (self._sweep, self._pulse, self._seal):
            loop.start()

    def ring(self) -> None:
        """Look for due jobs, and for cancels, now."""
        self._presence.rung = True
        self._sweep.ring()
        self._pulse.ring()

    def drain(self) -> None:
        """Begin nothing new; finish the calls in hand and give the jobs back."""
        self._draining.set()
        for execution in self._executions():
            execution.nudge()

    def stop(self, seconds: float = 30.0) -> None:
        """Drain, and wait until everything is handed back."""
        self.drain()
        until = time.monotonic() + seconds
        for thread in list(self._running.values()):
            thread.join(max(until - time.monotonic(), 0.1))
        for loop in (self._sweep, self._seal, self._pulse):
            loop.join(max(until - time.monotonic(), 0.1))
        self._crew.stop()
        with suppress(DatabaseError):
            Worker.gone(self.name)

    def sweep(self) -> None:
        """Set off what the schedules say, bury the dead, take what is due while there are free slots."""
        schedules.tick()
        bury_crashed(self._lease)
        free = settings.JOB_SLOTS - len(self._running)
        if free > 0 and not self._draining.is_set():
            for hold in claim(self.name, most=free, lease_seconds=self._lease):
                self._launch(hold)
        self._presence.show(len(self._running))
        if time.monotonic() > self._orphans_at:
            self._orphans_at += ORPHANED_AFTER.total_seconds()
            settle_orphans()

    def beat(self) -> None:
        """Renew the leases, and pass on what was learnt by it: a cancel, a loss."""
        executions = self._executions()
        before = [(execution.hold.cancel, execution.hold.lost) for execution in executions]
        renew(execution.hold for execution in executions)
        for execution, known in zip(executions, before, strict=True):
            if (execution.hold.cancel, execution.hold.lost) != known:
                execution.nudge()

    def _launch(self, hold: Hold) -> None:
        execution = Execution(hold, self._crew, self._make_door, self._draining)
        thread = threading.Thread(target=self._execute, args=(execution,), name=f"job {hold.job.pk}", daemon=True)
        with self._lock:
            self._running[execution] = thread
        thread.start()

    def _execute(self, execution: Execution) -> None:
        try:
            execution.run()
        finally:
            with self._lock:
                del self._running[execution]
            connections.close_all()
            self._sweep.ring()  # a slot is free

    def _executions(self) -> list[Execution]:
        with self._lock:
            return list(self._running)

    def _done(self) -> bool:
        return self._draining.is_set() and not self._executions()


class Presence:
    """This runner's row in the table of workers, refreshed every few seconds."""

    def __init__(self, name: str) -> None:
        self.rung = False
        self._name = name
        self._shown = 0.0

    def show(self, busy: int) -> None:
        """Refresh the row, when it is time."""
        if time.monotonic() - self._shown < SEEN_EVERY_SECONDS and not self.rung:
            return
        rung, self.rung = self.rung, False
        Worker.seen(self._name, slots=settings.JOB_SLOTS, busy=busy, rung=rung, kinds=runnable_kinds())
        self._shown = time.monotonic()


def run_until_idle(*, make_door: Callable[[], Door] = cloud_door, timeout: float = 60.0, hurry: bool = False) -> None:
    """Run due jobs in the calling thread until none is due any more within the time; for tests and commands.

    `hurry` does not wait for moments to come: every wait is over at once.
    """
    until = time.monotonic() + timeout
    while True:
        if hurry:
            _hurry()
        holds = claim("here", most=1, lease_seconds=NEVER_RENEWED_SECONDS)
        for hold in holds:
            Execution(hold, Alone(), make_door, threading.Event(), stay=timedelta(0) if hurry else STAY).run()
        wait = 0.0 if holds else Job.objects.runnable(runnable_kinds()).seconds_to_next()
        if wait is None or time.monotonic() + wait > until:
            return
        time.sleep(wait)


def _hurry() -> None:
    """Have every waiting job and step due now."""
    idle = Job.objects.filter(state__in=ACTIVE, lease_until__isnull=True)
    StepRow.objects.filter(job__in=idle, state=StepState.WAITING).update(wake_at=DatabaseNow())
    idle.update(next_wake_at=DatabaseNow())
