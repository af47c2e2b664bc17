"""Simulated time: the real clock plus what was skipped."""

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970 that a test can move forward; `scale` multiplies every lifecycle delay (0:
    no waiting).
    """

    def __init__(self, scale: float = 1.0, skipped: float = 0.0) -> None:
        self.scale = scale
        self.skipped = skipped

    def now(self) -> float:
        """Return the present moment of the simulation."""
        return time.time() + self.skipped

    def scaled(self, seconds: float) -> float:
        """Return how long a simulated delay takes in this run."""
        return seconds * self.scale

    def advance(self, seconds: float) -> None:
        """Skip time: whatever falls due in between happens at the next tick."""
        self.skipped += seconds


def wire(moment: float) -> str:
    """Return a moment as OCI writes it: RFC 3339, UTC, milliseconds."""
    return (
        datetime.fromtimestamp(moment, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def moment(text: str) -> float:
    """Read an RFC 3339 time."""
    stamp = datetime.fromisoformat(text)
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
