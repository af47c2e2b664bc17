"""Who is on call when: a weekly rotation in local time, with overrides; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)
AHEAD = 60  # boundaries looked through for the next person


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody else is on call from `starts` to `ends`."""

    person: int
    starts: datetime
    ends: datetime

    def covers(self, at: datetime) -> bool:
        """Say whether it is in force."""
        return self.starts <= at < self.ends


@dataclass(frozen=True, slots=True)
class Rotation:
    """People by their keys, each for a week; the first one's began at `begins`, a local time of
    `zone` without offset. Of overlapping overrides the last one counts.
    """

    people: Sequence[int]
    begins: datetime
    zone: str
    overrides: Sequence[Override] = ()

    def on_call(self, at: datetime) -> int | None:
        """Return who is on call; None before the rota begins or without people."""
        for one in reversed(self.overrides):
            if one.covers(at):
                return one.person
        week = self._week(at)
        return self.people[week % len(self.people)] if self.people and week >= 0 else None

    def next_change(self, at: datetime) -> tuple[datetime, int | None] | None:
        """Return when another person takes over, and who; None when that is not in sight."""
        present = self.on_call(at)
        for edge in self._edges(at):
            if (person := self.on_call(edge)) != present:
                return edge, person
        return None

    def _week(self, at: datetime) -> int:
        """Return the number of the week, by the clock on the wall: it follows summer time."""
        local = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return (local - self.begins) // WEEK

    def _edges(self, at: datetime) -> list[datetime]:
        first, zone = max(self._week(at) + 1, 0), ZoneInfo(self.zone)
        weeks = [
            (self.begins + WEEK * number).replace(tzinfo=zone)
            for number in range(first, first + AHEAD)
        ]
        changes = [edge for one in self.overrides for edge in (one.starts, one.ends)]
        return sorted(edge for edge in (*weeks, *changes) if edge > at)
