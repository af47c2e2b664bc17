"""The threads that run steps, each with its own database connection while there is work."""

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from django.db import connections

IDLE_SECONDS = 2.0
Work = Callable[[], None]


class Executor(Protocol):
    """Runs steps."""

    def submit(self, work: Work) -> None:
        """Run the work, now or as soon as a thread is free; it never raises."""


class InlineExecutor:
    """Runs each step at once, in the calling thread, on its connection."""

    def submit(self, work: Work) -> None:
        """Run the work."""
        work()


class ThreadExecutor:
    """At most `most` threads, started on demand; an idle one gives its connection back."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._started = 0
        self._idle = 0

    def submit(self, work: Work) -> None:
        """Give the work to an idle thread, or to a new one while there may be more."""
        with self._lock:
            new = self._idle <= self._work.qsize() and self._started < self._most
            self._started += new
        self._work.put(work)
        if new:
            threading.Thread(target=self._run, name="step", daemon=True).start()

    def stop(self) -> None:
        """Let every thread end after its present work."""
        for _ in range(self._most):
            self._work.put(None)

    def _run(self) -> None:
        connected = True
        while True:
            with self._lock:
                self._idle += 1
            try:
                work = self._work.get(timeout=IDLE_SECONDS if connected else None)
            except queue.Empty:
                connections.close_all()
                connected = False
                continue
            finally:
                with self._lock:
                    self._idle -= 1
            if work is None:
                break
            work()
            connected = True
        connections.close_all()
