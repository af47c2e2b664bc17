"""The present moment, as the default of functions that take the time as a parameter; and how long
something lasted.
"""

import time
from datetime import UTC, datetime

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def steady_seconds() -> float:
    """Return seconds that nobody can set back, and that go on while the machine is suspended."""
    return time.clock_gettime(_STEADY)
