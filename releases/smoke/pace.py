"""When a scheduled smoke test is due: pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

ONCE_MORE = timedelta(minutes=1)


def due(minutes: int, runs: Sequence[tuple[datetime, bool]], at: datetime) -> bool:
    """Say whether to run now, given the last runs as (when, passed), newest first; `minutes` 0 is never.

    A first failure is asked again after a minute: what fails once is a mishap, what fails twice is told to people.
    """
    if not minutes:
        return False
    if not runs:
        return True
    passed = [good for _, good in runs]
    pause = timedelta(minutes=minutes)
    if not passed[0] and (len(passed) == 1 or passed[1]):
        pause = min(pause, ONCE_MORE)
    return at - runs[0][0] >= pause
