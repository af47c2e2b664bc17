"""Draws marks in lanes: pure; percent across and pixels down, so that words keep their size
on a phone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.dashboard.timeline.mark import Lane, Mark, Span

LABEL, ROW, BAR, GAP = (
    16,
    18,
    14,
    8,
)  # pixels: a lane's name, a row of marks, a mark, the room below a lane
ROWS = 5  # more marks at one time than this lie over one another; the table has them all
ROOM = 3.0  # percent that a mark takes up, so that a moment can be seen and tapped on a phone
LEAST = 0.6  # percent that something short is drawn with
WIDE = 4.0  # percent from which a span has room for its word

_TICKS = {
    1: (timedelta(hours=3), "%H:%M"),
    7: (timedelta(days=1), "%a %d"),
    30: (timedelta(days=5), "%d %b"),
}
_LONG = (timedelta(days=15), "%d %b")


@dataclass(frozen=True)
class Shape:
    """A mark with its place: `left` and `width` in percent, `top` in pixels from the top of
    the picture.
    """

    mark: Mark
    left: float
    width: float
    top: int

    @property
    def words(self) -> str:
        """Return the word written on it, when there is room."""
        return self.mark.short if self.width >= WIDE else ""


@dataclass(frozen=True)
class TimelineRow:
    """A drawn lane: its name, where it begins, its marks."""

    name: str
    top: int
    height: int
    shapes: list[Shape]


@dataclass(frozen=True)
class Picture:
    """The whole: lanes, and the lines of time as (percent, words)."""

    lanes: list[TimelineRow]
    ticks: list[tuple[float, str]]
    height: int
    now: float | None


def draw(marks: Iterable[Mark], span: Span, *, days: int) -> Picture:
    """Place every mark that touches the span in its lane, in the first row with room; lanes
    without any are left out.
    """
    shown = [mark for mark in marks if touches(mark, span)]
    lanes, top = [], 20  # below the words of the axis
    for name in Lane:
        chosen = sorted((mark for mark in shown if mark.lane == name), key=lambda mark: mark.begin)
        if chosen:
            lane = _lane(name, top, chosen, span)
            lanes.append(lane)
            top += lane.height + GAP
    now = span.share(span.now) if span.begin <= span.now <= span.end else None
    return Picture(lanes, ticks(span, days), top, now)


def touches(mark: Mark, span: Span) -> bool:
    """Say whether a mark is in the span, or reaches into it."""
    end = span.now if mark.open else mark.end or mark.begin
    return mark.begin <= span.end and end >= span.begin


def ticks(span: Span, days: int) -> list[tuple[float, str]]:
    """Return the lines of time, at round hours or midnights in UTC."""
    step, form = _TICKS.get(days, _LONG)
    at = datetime(span.begin.year, span.begin.month, span.begin.day, tzinfo=UTC)
    found = []
    while at <= span.end:
        if at > span.begin:
            found.append((span.share(at), at.strftime(form)))
        at += step
    return [(left, words) for left, words in found if left <= 97]  # no room for words at the edge


def _lane(name: str, top: int, marks: list[Mark], span: Span) -> TimelineRow:
    free: list[float] = []  # where each row is free again
    shapes = []
    for mark in marks:
        left = span.share(mark.begin)
        right = span.share(span.now if mark.open else mark.end or mark.begin)
        taken = max(right, left + ROOM)
        row = next((number for number, until in enumerate(free) if until <= left), len(free))
        row = min(row, ROWS - 1)
        free[row : row + 1] = [taken]
        shapes.append(_shape(mark, left, right, top + LABEL + row * ROW))
    return TimelineRow(name, top, LABEL + len(free) * ROW, shapes)


def _shape(mark: Mark, left: float, right: float, top: int) -> Shape:
    """Place a mark; what is short gets the least width, and nothing begins where there is no
    room for it.
    """
    left = min(left, 100 - ROOM) if right - left < ROOM else left
    width = max(right - left, LEAST) if mark.is_span else ROOM
    return Shape(mark, left, round(width, 3), top)
