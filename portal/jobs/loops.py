"""Threads that do the same thing again and again, and what ends the process when one hangs."""

import logging
import os
import threading
from collections.abc import Callable, Sequence

from django.db import connections

from portal.lib.clock import steady_seconds

log = logging.getLogger(__name__)
EXIT_CODE = 70  # EX_SOFTWARE: whoever supervises the process starts it again
WATCH_SECONDS = 0.5


class Loop:
    """A thread that calls `work` every so many seconds, or at once when rung, until it has ended.

    It outlives a database that is away for a while. Work that takes longer than `longest` hangs.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], object],
        *,
        seconds: float,
        longest: float,
        ended: Callable[[], bool],
    ) -> None:
        self.name = name
        self._work = work
        self._seconds = seconds
        self._longest = longest
        self._ended = ended
        self._began: float | None = None
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

    @property
    def hangs(self) -> bool:
        """Say whether the present call has lasted too long."""
        began = self._began
        return began is not None and steady_seconds() - began > self._longest

    def _run(self) -> None:
        while not self._ended():
            pause = self._seconds
            self._began = steady_seconds()
            try:
                self._work()
            except Exception:  # most likely the database; it must never end this thread
                log.exception("%s failed; trying again", self.name)
                connections.close_all()
                pause = self._seconds / 4
            self._began = None
            self._bell.wait(pause)
            self._bell.clear()
        connections.close_all()


class Watchdog:
    """Calls `end` with the name of a loop that hangs; the loops' jobs are then taken by others."""

    def __init__(self, loops: Sequence[Loop], end: Callable[[str], object]) -> None:
        self._loops = loops
        self._end = end
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join(2 * WATCH_SECONDS)

    def _watch(self) -> None:
        while not self._stopped.wait(WATCH_SECONDS):
            for loop in self._loops:
                if loop.hangs:
                    self._end(loop.name)
                    return


def end_process(name: str) -> None:
    """End this process at once: a thread that waits for a silent server cannot be interrupted."""
    log.critical("the loop '%s' hangs; this worker ends, others take its jobs over", name)
    logging.shutdown()
    os._exit(EXIT_CODE)
