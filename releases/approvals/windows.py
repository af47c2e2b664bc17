"""Windows of time by the clock on the wall of some place: pure, so that every edge of daylight
saving is tested as a table.

A time that the wall clock shows twice, or skips, on the night of a change counts in favour of the
window: it opens at the earlier of the two moments, and closes at the later.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from zoneinfo import ZoneInfo

ONCE, WEEKLY, YEARLY = "once", "weekly", "yearly"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHAPES = {
    WEEKLY: (
        re.compile(rf"({'|'.join(DAYS)}) (\d\d):(\d\d)"),
        "a weekday with a time, such as Fri 16:00",
    ),
    YEARLY: (
        re.compile(r"(\d\d)-(\d\d) (\d\d):(\d\d)"),
        "a month and day with a time, such as 12-20 16:00",
    ),
    ONCE: (
        re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)"),
        "a date with a time, such as 2026-12-20 16:00",
    ),
}
CHAIN = 50  # windows that follow one another without a gap, before we stop looking for one


@dataclass(frozen=True)
class Window:
    """When something holds: `starts` and `ends` are wall-clock texts in the shape that
    `repeats` asks for.
    """

    name: str
    repeats: str
    starts: str
    ends: str
    zone: str


@dataclass(frozen=True)
class Occurrence:
    """One time that a window is open: from `start` until just before `end`, both in UTC."""

    name: str
    start: datetime
    end: datetime


def frozen_at(windows: Iterable[Window], at: datetime) -> Occurrence | None:
    """Return the open occurrence that lasts longest; None when no window is open at that
    moment (aware).
    """
    first = [next(occurrences(window, at), None) for window in windows]
    return max(
        (one for one in first if one and one.start <= at), key=lambda one: one.end, default=None
    )


def free_from(windows: Iterable[Window], at: datetime) -> datetime:
    """Return the first moment from `at` on in which no window is open, also when one follows
    upon another.
    """
    every = list(windows)
    for _ in range(CHAIN):
        found = frozen_at(every, at)
        if found is None:
            break
        at = found.end
    return at


def occurrences(window: Window, after: datetime) -> Iterator[Occurrence]:
    """Yield the occurrences that end after the moment, the earliest first; without end when
    the window repeats.
    """
    zone = ZoneInfo(window.zone)
    for start in _starts(window, after.astimezone(zone).date()):
        end = _end(window, start)
        found = Occurrence(window.name, _instant(start, zone, min), _instant(end, zone, max))
        if found.end > after:
            yield found


def coming(window: Window, after: datetime, number: int = 3) -> list[Occurrence]:
    """Return the next occurrences, one that is open now among them."""
    return list(islice(occurrences(window, after), number))


def problems(window: Window) -> dict[str, str]:
    """Return what is wrong with a window, by field."""
    found: dict[str, str] = {}
    try:
        ZoneInfo(window.zone)
    except (OSError, ValueError, KeyError):
        found["zone"] = (
            f"{window.zone[:60]!r} is not a time zone; write one such as Europe/Berlin or UTC."
        )
    for field in ("starts", "ends"):
        words = _broken(window.repeats, getattr(window, field))
        if words:
            found[field] = words
    if not found and window.starts == window.ends:
        found["ends"] = "It must not end at the time at which it starts."
    if not found and window.repeats == ONCE and _moment(window.ends) <= _moment(window.starts):
        found["ends"] = "It must end after it starts."
    return found


def _broken(repeats: str, text: str) -> str:
    shape, words = SHAPES[repeats]
    if not shape.fullmatch(text):
        return f"{text[:40]!r} must be {words}."
    if repeats == YEARLY and text.startswith("02-29"):
        return "02-29 does not come every year: take 02-28 or 03-01."
    try:
        _readers[repeats](text)
    except ValueError:
        return f"{text!r} is not a valid date and time; it must be {words}."
    return ""


def _starts(window: Window, day: date) -> Iterator[datetime]:
    """Yield the wall-clock moments at which the window opens, from safely before the day on."""
    if window.repeats == ONCE:
        yield _moment(window.starts)
    elif window.repeats == WEEKLY:
        weekday, at = _weekly(window.starts)
        first = day + timedelta(days=weekday - day.weekday() - 14)
        yield from (datetime.combine(first + timedelta(weeks=number), at) for number in count())
    else:
        yield from (_in_year(window.starts, year) for year in count(day.year - 2))


def _end(window: Window, start: datetime) -> datetime:
    """Return the first wall-clock moment after the start at which the window closes."""
    if window.repeats == ONCE:
        return _moment(window.ends)
    if window.repeats == WEEKLY:
        weekday, at = _weekly(window.ends)
        end = datetime.combine(start.date() + timedelta(days=(weekday - start.weekday()) % 7), at)
        return end if end > start else end + timedelta(weeks=1)
    end = _in_year(window.ends, start.year)
    return end if end > start else _in_year(window.ends, start.year + 1)


def _instant(
    wall: datetime, zone: ZoneInfo, choose: Callable[[datetime, datetime], datetime]
) -> datetime:
    """Return the moment in UTC at which the clock shows this; where there are two candidates,
    the one chosen.
    """
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return choose(first, second)


def _weekly(text: str) -> tuple[int, time]:
    day, _, at = text.partition(" ")
    return DAYS.index(day), time.fromisoformat(at)


def _in_year(text: str, year: int) -> datetime:
    return _moment(f"{year:04d}-{text}")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


_readers: dict[str, Callable[[str], object]] = {
    WEEKLY: _weekly,
    YEARLY: lambda text: _in_year(text, 2027),
    ONCE: _moment,
}
