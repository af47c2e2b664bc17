"""Keeping to the rate that a service of OCI takes from one tenancy; each service by itself, so that no other one waits."""

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cache

from portal.cloud.access import Access
from portal.cloud.errors import HeldBack

GROUPS = {"kms_vault": "kms", "kms_management": "kms", "ons_control": "ons", "ons_data": "ons"}  # services with one limit
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0  # seconds after a 429 that does not say for how long


class Pace:
    """At most so many calls in any stretch of so many seconds, and none while the service asked for a pause."""

    def __init__(self, calls: int, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls, self._seconds, self._clock = calls, seconds, clock
        self._slots: deque[float] = deque(maxlen=calls or 1)
        self._lock = threading.Lock()
        self._paused_until = 0.0
        self._refusals = 0

    def slot(self, patience: float) -> float:
        """Reserve the next slot and return the seconds until it; raise HeldBack when that is longer than the patience."""
        with self._lock:
            now = self._clock()
            at = max(now, self._paused_until)
            if self._calls and len(self._slots) == self._calls:
                at = max(at, self._slots[0] + self._seconds)
            if at - now > patience:
                raise HeldBack("The service accepts no more calls right now.", retry_after=at - now)
            self._slots.append(at)
            return at - now

    def refused(self, seconds: float) -> None:
        """Pause after a 429: as long as it asks, else longer each time."""
        with self._lock:
            self._refusals += 1
            grown = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._refusals - 1))
            self._paused_until = self._clock() + (seconds or grown)

    def taken(self) -> None:
        """Forget earlier refusals: the service takes calls again."""
        self._refusals = 0


_paces: dict[tuple[Access, str], Pace] = {}


def pace(who: Access, service: str) -> Pace:
    """Return the pace of a service for one identity; this process's own, other processes keep theirs."""
    group = GROUPS.get(service, service)
    key = (who, group)
    found = _paces.get(key)
    return found or _paces.setdefault(key, Pace(*_rates(who.rates).get(group, (0, 0.0))))


def forget() -> None:
    """Begin anew, as a new process would."""
    _paces.clear()


@cache
def _rates(text: str) -> dict[str, tuple[int, float]]:
    """Read `kms=10/1 ons=60/60`: calls in seconds."""
    found = {}
    for part in text.split():
        name, _, rate = part.partition("=")
        calls, _, seconds = rate.partition("/")
        found[name] = (int(calls), float(seconds or 1))
    return found
