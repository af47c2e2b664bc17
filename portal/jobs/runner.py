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
from portal.jobs.loops import Loop, Watchdog, end_process
from portal.jobs.models import Job, StepRow, Worker
from portal.jobs.models.clock import DatabaseNow
from portal.jobs.orphans import ORPHANED_AFTER, settle_orphans
from portal.jobs.states import ACTIVE, StepState

log = logging.getLogger(__name__)
SEAL_EVERY_SECONDS = 1.0
HEARTBEAT_SECONDS = 2.0  # between two writes of the worker's row
RESERVED_SLOTS = 2  # for jobs that change an environment: a rollback never waits for a look
LEASES_TO_HANG = 3  # so long after a loop's last sign of life, this process is of no use any more
SHORTEST_HANG_SECONDS = 15.0
LONGEST_SEAL_SECONDS = 150.0  # two statements at their timeout
NEVER_RENEWED_SECONDS = 600.0  # the lease of a run without a heartbeat


class Runner:
    """Sweep, heartbeat, schedules, seal, slots.

    `ring` wakes it, `drain` makes it hand everything back. A loop that hangs longer than others
    wait for its jobs is reported to `on_hang`, which ends the process.
    """

    def __init__(
        self,
        *,
        make_client: Callable[[], CloudClient] = cloud_client,
        name: str = "",
        on_hang: Callable[[str], object] = end_process,
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
        self._sweep = self._loop("sweep", self.sweep, settings.JOB_SWEEP_SECONDS)
        self._heartbeat = self._loop(
            "heartbeat", self.renew, self._lease_seconds / 3, ended=self._done
        )
        self._loops = (
            self._sweep,
            self._loop("schedules", schedules.tick, settings.JOB_SWEEP_SECONDS),
            self._loop("seal", seal.tick, SEAL_EVERY_SECONDS, longest=LONGEST_SEAL_SECONDS),
            self._heartbeat,
        )
        self._watchdog = Watchdog(self._loops, on_hang)

    def _loop(
        self,
        name: str,
        work: Callable[[], object],
        seconds: float,
        *,
        longest: float = 0.0,
        ended: Callable[[], bool] | None = None,
    ) -> Loop:
        longest = longest or max(LEASES_TO_HANG * self._lease_seconds, SHORTEST_HANG_SECONDS)
        ended = ended or self._draining.is_set
        return Loop(name, work, seconds=seconds, longest=longest, ended=ended)

    def start(self) -> None:
        """Start the loops."""
        for loop in self._loops:
            loop.start()
        self._watchdog.start()

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
        for loop in self._loops:
            loop.join(max(until - time.monotonic(), 0.1))
        self._executor.stop()
        self._watchdog.stop()
        with suppress(DatabaseError):
            Worker.remove(self.name)

    def sweep(self) -> None:
        """Claim while slots are free, say that this worker lives, reclaim from the dead.

        The claim comes first: nothing that fails in the rest keeps a job from its start.
        """
        if not self._draining.is_set():
            self._claim()
        self._worker_row.refresh(len(self._running))
        reclaim(self._lease_seconds)
        if time.monotonic() > self._orphans_at:
            self._orphans_at += ORPHANED_AFTER.total_seconds()
            settle_orphans()

    def _claim(self) -> None:
        executions = self._executions()
        free = settings.JOB_SLOTS - len(executions)
        if free <= 0:
            return
        others = sum(not execution.job.mutating for execution in executions)
        for_others = max(settings.JOB_SLOTS - reserved_slots(settings.JOB_SLOTS) - others, 0)
        for lease in claim(
            self.name, most=free, others=for_others, lease_seconds=self._lease_seconds
        ):
            self._launch(lease)

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


def reserved_slots(slots: int) -> int:
    """Return how many of a worker's slots only jobs that change an environment may take."""
    return min(RESERVED_SLOTS, slots // 2)


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
