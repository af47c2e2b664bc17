"""The runner: in each worker, it sweeps for due jobs, keeps their leases, runs them."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connections

from portal.cloud.door import Door
from portal.cloud.door import door as cloud_door
from portal.jobs import schedules
from portal.jobs.crew import Alone, Threads
from portal.jobs.execution import Execution
from portal.jobs.lease import Hold, bury_crashed, claim, renew
from portal.jobs.models import Job, StepRow, Worker
from portal.jobs.models.clock import DatabaseNow
from portal.jobs.states import ACTIVE, StepState

log = logging.getLogger(__name__)
SEEN_EVERY_SECONDS = 2.0
NEVER_RENEWED_SECONDS = 600.0  # the lease of a run without a heartbeat


class Runner:
    """Sweep, heartbeat, slots. `ring` wakes it, `drain` makes it hand everything back."""

    def __init__(self, *, make_door: Callable[[], Door] = cloud_door, name: str = "") -> None:
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self.rung_at: float | None = None
        self._make_door = make_door
        self._lease = settings.JOB_LEASE_SECONDS
        self._crew = Threads(settings.JOB_STEP_THREADS)
        self._bell = threading.Event()
        self._pulse = threading.Event()
        self._draining = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[Execution, threading.Thread] = {}
        self._threads: list[threading.Thread] = []
        self._presence = Presence(self.name)

    def start(self) -> None:
        """Start the sweep and the heartbeat."""
        for target, name in ((self._sweep_on, "sweep"), (self._beat_on, "heartbeat")):
            thread = threading.Thread(target=target, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def ring(self) -> None:
        """Look for due jobs, and for cancels, now."""
        self._presence.rung = True
        self._bell.set()
        self._pulse.set()

    def drain(self) -> None:
        """Begin nothing new; finish the calls in hand and give the jobs back."""
        self._draining.set()
        self._bell.set()
        for execution in self._executions():
            execution.nudge()

    def stop(self, seconds: float = 30.0) -> None:
        """Drain, and wait until everything is handed back."""
        self.drain()
        until = time.monotonic() + seconds
        for thread in [*self._running.values(), *self._threads]:
            self._pulse.set()
            thread.join(max(until - time.monotonic(), 0.1))
        self._crew.stop()

    # --- the sweep ------------------------------------------------------------------------------------------------

    def _sweep_on(self) -> None:
        while not self._draining.is_set():
            try:
                self.sweep()
            except DatabaseError:
                log.exception("the sweep cannot reach the database; trying again")
                connections.close_all()
            self._bell.wait(settings.JOB_SWEEP_SECONDS)
            self._bell.clear()
        connections.close_all()

    def sweep(self) -> None:
        """Set off what the schedules say, bury the dead, take what is due while there are free slots."""
        schedules.tick()
        bury_crashed(self._lease)
        with self._lock:
            free = settings.JOB_SLOTS - len(self._running)
        if free > 0:
            for hold in claim(self.name, most=free, lease_seconds=self._lease):
                self._launch(hold)
        self._presence.show(len(self._running))

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
            self._bell.set()  # a slot is free

    # --- the heartbeat --------------------------------------------------------------------------------------------

    def _beat_on(self) -> None:
        """Renew at a third of the lease, as long as there is anything to keep."""
        while not self._draining.is_set() or self._executions():
            pause = self._lease / 3
            try:
                self._beat()
            except DatabaseError:
                log.exception("the leases could not be renewed; trying again")
                connections.close_all()
                pause = self._lease / 12
            self._pulse.wait(pause)
            self._pulse.clear()
        connections.close_all()

    def _beat(self) -> None:
        executions = self._executions()
        before = [(execution.hold.cancel, execution.hold.lost) for execution in executions]
        renew(execution.hold for execution in executions)
        for execution, known in zip(executions, before, strict=True):
            if (execution.hold.cancel, execution.hold.lost) != known:
                execution.nudge()

    def _executions(self) -> list[Execution]:
        with self._lock:
            return list(self._running)


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
        Worker.seen(self._name, slots=settings.JOB_SLOTS, busy=busy, rung=rung)
        self._shown = time.monotonic()


def run_until_idle(*, make_door: Callable[[], Door] = cloud_door, timeout: float = 60.0, hurry: bool = False) -> None:
    """Run due jobs in the calling thread until none is due any more within the time; for tests and commands.

    `hurry` does not wait for moments to come: every wait is over at once.
    """
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if hurry:
            _hurry()
        holds = claim("here", most=1, lease_seconds=NEVER_RENEWED_SECONDS)
        for hold in holds:
            Execution(hold, Alone(), make_door, threading.Event()).run()
        if not holds:
            wait = Job.objects.seconds_to_next()
            if wait is None or time.monotonic() + wait > until:
                return
            time.sleep(wait)


def _hurry() -> None:
    """Have every waiting job and step due now."""
    idle = Job.objects.filter(state__in=ACTIVE, lease_until__isnull=True)
    StepRow.objects.filter(job__in=idle, state=StepState.WAITING).update(wake_at=DatabaseNow())
    idle.update(next_wake_at=DatabaseNow())
