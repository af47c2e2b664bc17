"""A thread that does one thing again and again, and outlives a database that is away for a while."""

import logging
import threading
from collections.abc import Callable

from django.db import connections

log = logging.getLogger(__name__)


class Loop:
    """Calls `work` every so many seconds, or at once when rung, until `ended` says so."""

    def __init__(self, name: str, work: Callable[[], object], *, seconds: float, ended: Callable[[], bool]) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._ended = ended
        self._bell = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ring(self) -> None:
        """Do it now."""
        self._bell.set()

    def join(self, seconds: float) -> None:
        """Wait until it has ended."""
        self._bell.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._ended():
            pause = self._seconds
            try:
                self._work()
            except Exception:  # most likely the database; whatever it is, this thread must not die of it
                log.exception("%s failed; trying again", self._name)
                connections.close_all()
                pause = self._seconds / 4
            self._bell.wait(pause)
            self._bell.clear()
        connections.close_all()
