"""One thing that happened, as the timeline shows it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST = 300  # marks that one source gives at most


class Lane(StrEnum):
    """The lanes of the picture, in their order from the top."""

    LIVE = "Live"
    REQUESTS = "Requests"
    DEPLOYMENTS = "Deployments"
    RESOURCES = "Resources"
    RULES = "Holds and freezes"
    TESTS = "Smoke test"
    DRIFT = "Drift"
    INCIDENTS = "Incidents"


@dataclass(frozen=True)
class Mark:
    """Something with a beginning and, unless it is a moment, a length; `open` says that it
    still lasts.
    """

    lane: Lane
    begin: datetime
    what: str
    tone: str = "idle"
    end: datetime | None = None
    open: bool = False
    who: str = ""
    url: str = ""
    short: str = ""

    @property
    def is_span(self) -> bool:
        """Say whether it lasts."""
        return self.open or self.end is not None

    @property
    def lasted(self) -> float | None:
        """Return how many seconds it took."""
        return (self.end - self.begin).total_seconds() if self.end else None


@dataclass(frozen=True)
class Span:
    """The time that is shown."""

    begin: datetime
    end: datetime
    now: datetime

    @property
    def seconds(self) -> float:
        """Return how long it is."""
        return (self.end - self.begin).total_seconds()

    def share(self, at: datetime) -> float:
        """Return where a moment lies in it, in percent, at its edges when it lies outside."""
        part = (at - self.begin).total_seconds() / self.seconds
        return round(100 * min(1.0, max(0.0, part)), 3)
