"""Keeping to the rate that each service of OCI takes from one tenancy."""

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cache

from portal.cloud.access import CloudIdentity
from portal.cloud.errors import RateLimited

GROUPS = {  # services with one limit
    "kms_vault": "kms",
    "kms_management": "kms",
    "ons_control": "ons",
    "ons_data": "ons",
}
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0  # seconds after a 429 that does not say for how long


class RateLimiter:
    """At most so many calls in any stretch of so many seconds, and none during a pause."""

    def __init__(
        self, calls: int, seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._calls, self._seconds, self._clock = calls, seconds, clock
        self._slots: deque[float] = deque(maxlen=calls or 1)
        self._lock = threading.Lock()
        self._paused_until = 0.0
        self._throttles = 0

    def reserve(self, max_wait: float) -> float:
        """Reserve the next slot and return the seconds until it.

        Raises RateLimited, and reserves nothing, when that is longer than `max_wait`.
        """
        with self._lock:
            now = self._clock()
            at = max(now, self._paused_until)
            if self._calls and len(self._slots) == self._calls:
                at = max(at, self._slots[0] + self._seconds)
            if at - now > max_wait:
                raise RateLimited(
                    "The service accepts no more calls right now.", retry_after=at - now
                )
            self._slots.append(at)
            return at - now

    def throttled(self, seconds: float) -> None:
        """Pause after a 429: as long as it asks, else longer each time."""
        with self._lock:
            self._throttles += 1
            grown = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._throttles - 1))
            self._paused_until = self._clock() + (seconds or grown)

    def succeeded(self) -> None:
        """Let the next pause be a short one again."""
        self._throttles = 0


_limiters: dict[tuple[CloudIdentity, str], RateLimiter] = {}


def rate_limiter(identity: CloudIdentity, service: str) -> RateLimiter:
    """Return this process's limiter of a service for one identity."""
    group = GROUPS.get(service, service)
    key = (identity, group)
    found = _limiters.get(key)
    if found is None:
        rate = _rates(identity.rates).get(group, (0, 0.0))
        found = _limiters.setdefault(key, RateLimiter(*rate))
    return found


def reset() -> None:
    """Drop every limiter, as a new process would start."""
    _limiters.clear()


@cache
def _rates(text: str) -> dict[str, tuple[int, float]]:
    """Read `kms=10/1 ons=60/60`: calls in seconds."""
    found = {}
    for part in text.split():
        name, _, rate = part.partition("=")
        calls, _, seconds = rate.partition("/")
        found[name] = (int(calls), float(seconds or 1))
    return found
