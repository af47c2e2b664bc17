"""How long a test waits: on a condition, never for a fixed time, and scaled by `TEST_PATIENCE` for
a slow machine.

The seconds in a test are what a quiet machine needs at most; the default scale is for one five
times slower, under load.
"""

import os
import time
from collections.abc import Callable
from typing import TypeVar

SCALE = float(os.environ.get("TEST_PATIENCE", "8"))
T = TypeVar("T")


def patient(seconds: float) -> float:
    """Return the time-out for what takes so long on a quiet machine."""
    return seconds * SCALE


def until(
    condition: Callable[[], T],
    seconds: float = 15.0,
    *,
    pause: float = 0.01,
    meanwhile: Callable[[], object] = lambda: None,
    words: Callable[[], object] = lambda: "",
) -> T:
    """Return the first true value; `meanwhile` is called between two looks, `words` tell more
    when it never comes.
    """
    end = time.monotonic() + patient(seconds)
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(
                f"not within {patient(seconds):.0f} s; last value: {value!r} {words()}"
            )
        meanwhile()
        time.sleep(pause)
        pause = min(pause * 1.2, 0.25)
    return value
