"""The runner: in each worker, it sweeps for due jobs, renews their leases and runs them."""

import logging
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
from portal.cloud.client import CloudClient
from portal.cloud.client import client as cloud_client
from portal.jobs import schedules
from portal.jobs.decide import SHORT_WAIT
from portal.jobs.execution import Execution
from portal.jobs.executor import InlineExecutor, ThreadExecutor
from portal.jobs.kinds import runnable_kinds
from portal.jobs.lease import Lease, claim, reclaim, renew
from portal.jobs.models import Job, StepRow, Worker
from portal.jobs.models.clock import DatabaseNow
from portal.jobs.orphans import ORPHANED_AFTER, settle_orphans
from portal.jobs.states import ACTIVE, StepState

log = logging.getLogger(__name__)
SEAL_EVERY_SECONDS = 1.0
HEARTBEAT_SECONDS = 2.0  # between two writes of the worker's row
NEVER_RENEWED_SECONDS = 600.0  # the lease of a run without a heartbeat


class Runner:
    """Sweep, heartbeat, seal, slots. `ring` wakes it, `drain` makes it hand everything back."""

    def __init__(
        self, *, make_client: Callable[[], CloudClient] = cloud_client, name: str = ""
    ) -> None:
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._make_door = make_client
        self._lease_seconds = settings.JOB_LEASE_SECONDS
        self._executor = ThreadExecutor(settings.JOB_STEP_THREADS)
        self._draining = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[Execution, threading.Thread] = {}
        self._worker_row = WorkerRow(self.name)
        self._orphans_at = time.monotonic() + ORPHANED_AFTER.total_seconds()
        self._sweep = Loop(
            "sweep",
            self.sweep,
            seconds=settings.JOB_SWEEP_SECONDS,
            ended=self._draining.is_set,
        )
        self._heartbeat = Loop(
            "heartbeat", self.renew, seconds=self._lease_seconds / 3, ended=self._done
        )
        self._seal = Loop(
            "seal", seal.tick, seconds=SEAL_EVERY_SECONDS, ended=self._draining.is_set
        )

    def start(self) -> None:
        """Start the three loops."""
        Worker.remove_stale()
        for loop in (self._sweep, self._heartbeat, self._seal):
            loop.start()

    def ring(self) -> None:
        """Look for due jobs, and for cancels, now."""
        self._worker_row.rung = True
        self._sweep.ring()
        self._heartbeat.ring()

    def drain(self) -> None:
        """Begin nothing new; finish the calls that are under way and give the jobs back."""
        self._draining.set()
        for execution in self._executions():
            execution.wake()

    def stop(self, seconds: float = 30.0) -> None:
        """Drain, and wait until everything is handed back."""
        self.drain()
        until = time.monotonic() + seconds
        for thread in list(self._running.values()):
            thread.join(max(until - time.monotonic(), 0.1))
        for loop in (self._sweep, self._seal, self._heartbeat):
            loop.join(max(until - time.monotonic(), 0.1))
        self._executor.stop()
        with suppress(DatabaseError):
            Worker.remove(self.name)

    def sweep(self) -> None:
        """Submit what the schedules have due, reclaim from the dead, claim while slots are free."""
        schedules.tick()
        reclaim(self._lease_seconds)
        free = settings.JOB_SLOTS - len(self._running)
        if free > 0 and not self._draining.is_set():
            for lease in claim(self.name, most=free, lease_seconds=self._lease_seconds):
                self._launch(lease)
        self._worker_row.refresh(len(self._running))
        if time.monotonic() > self._orphans_at:
            self._orphans_at += ORPHANED_AFTER.total_seconds()
            settle_orphans()

    def renew(self) -> None:
        """Renew the leases, and wake the executions that learn something by it."""
        executions = self._executions()
        before = [(execution.lease.cancel, execution.lease.lost) for execution in executions]
        renew(execution.lease for execution in executions)
        for execution, known in zip(executions, before, strict=True):
            if (execution.lease.cancel, execution.lease.lost) != known:
                execution.wake()

    def _launch(self, lease: Lease) -> None:
        execution = Execution(lease, self._executor, self._make_door, self._draining)
        thread = threading.Thread(
            target=self._execute, args=(execution,), name=f"job {lease.job.pk}", daemon=True
        )
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


class Loop:
    """A thread that calls `work` every so many seconds, or at once when rung, until it has ended.

    It outlives a database that is away for a while.
    """

    def __init__(
        self, name: str, work: Callable[[], object], *, seconds: float, ended: Callable[[], bool]
    ) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._ended = ended
        self._bell = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ring(self) -> None:
        """Call `work` now."""
        self._bell.set()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended."""
        self._bell.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._ended():
            pause = self._seconds
            try:
                self._work()
            except Exception:  # most likely the database; it must never end this thread
                log.exception("%s failed; trying again", self._name)
                connections.close_all()
                pause = self._seconds / 4
            self._bell.wait(pause)
            self._bell.clear()
        connections.close_all()


class WorkerRow:
    """This runner's row in the table of workers, refreshed every few seconds."""

    def __init__(self, name: str) -> None:
        self.rung = False
        self._name = name
        self._written = 0.0

    def refresh(self, busy: int) -> None:
        """Write the row, when it is time or the doorbell rang."""
        if time.monotonic() - self._written < HEARTBEAT_SECONDS and not self.rung:
            return
        rung, self.rung = self.rung, False
        Worker.heartbeat(
            self._name, slots=settings.JOB_SLOTS, busy=busy, rung=rung, kinds=runnable_kinds()
        )
        self._written = time.monotonic()


def run_until_idle(
    *,
    make_client: Callable[[], CloudClient] = cloud_client,
    timeout: float = 60.0,
    hurry: bool = False,
) -> None:
    """Run due jobs in the calling thread until none is due within the time; for tests and commands.

    With `hurry` every wait is over at once.
    """
    until = time.monotonic() + timeout
    short_wait = timedelta(0) if hurry else SHORT_WAIT
    while True:
        if hurry:
            _end_waits()
        leases = claim("here", most=1, lease_seconds=NEVER_RENEWED_SECONDS)
        for lease in leases:
            Execution(
                lease, InlineExecutor(), make_client, threading.Event(), short_wait=short_wait
            ).run()
        due_in = Job.objects.runnable(runnable_kinds()).seconds_to_next()
        wait = 0.0 if leases else due_in
        if wait is None or time.monotonic() + wait > until:
            return
        time.sleep(wait)


def _end_waits() -> None:
    """Make every waiting job and step due now."""
    idle = Job.objects.filter(state__in=ACTIVE, lease_until__isnull=True)
    waiting = StepRow.objects.filter(job__in=idle, state=StepState.WAITING)
    waiting.update(wake_at=DatabaseNow())
    idle.update(next_wake_at=DatabaseNow())
