"""Draw the history of drift: differences over time. Pure: numbers in, coordinates out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 160, 34, 22, 8, 8
MOST_POINTS = 180


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: when, how many differences, whether it failed."""

    at: datetime
    count: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class DriftChart:
    """What the template draws."""

    line: str
    area: str
    failed: list[float]
    ticks: list[tuple[float, int]]
    labels: list[tuple[float, str, str]]
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM
    top: int = TOP


def draw_chart(history: Sequence[Comparison]) -> DriftChart | None:
    """Return the drawing of comparisons, oldest first; nothing for fewer than two."""
    if len(history) < 2:
        return None
    start, span = history[0].at, max((history[-1].at - history[0].at).total_seconds(), 1.0)
    most = max(*(one.count for one in history), 1)
    floor, height, width = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP, WIDTH - LEFT - RIGHT

    def x(one: Comparison) -> float:
        return round(LEFT + (one.at - start).total_seconds() / span * width, 1)

    def y(count: int) -> float:
        return round(floor - count / most * height, 1)

    line = _steps([(x(one), y(one.count)) for one in history if not one.failed])
    area = f"M{LEFT},{floor} L{line[1:]} L{WIDTH - RIGHT},{floor} Z" if line else ""
    return DriftChart(
        line=line,
        area=area,
        failed=[x(one) for one in history if one.failed],
        ticks=[(y(count), count) for count in sorted({0, most // 2 if most > 1 else 0, most})],
        labels=[
            (x(history[0]), _day(history[0].at), "start"),
            (x(history[-1]), _day(history[-1].at), "end"),
        ],
        words=_words(history),
    )


def thin_out(history: Sequence[Comparison]) -> list[Comparison]:
    """Return at most MOST_POINTS: of each stretch the one with most differences."""
    size = -(-len(history) // MOST_POINTS) if history else 1
    stretches = [history[number : number + size] for number in range(0, len(history), size)]
    return [max(stretch, key=lambda one: (one.count, one.failed)) for stretch in stretches]


def _steps(points: list[tuple[float, float]]) -> str:
    """Return a path that stays level between two: nothing is known of that time."""
    if not points:
        return ""
    path = [f"M{points[0][0]},{points[0][1]}"]
    path += [
        f"H{now[0]} V{now[1]}" if now[1] != before[1] else f"H{now[0]}"
        for before, now in pairwise(points)
    ]
    return " ".join(path)


def _day(at: datetime) -> str:
    return f"{at:%d %b %H:%M}"


def _words(history: Sequence[Comparison]) -> str:
    failed = sum(one.failed for one in history)
    least, most = min(one.count for one in history), max(one.count for one in history)
    range_ = f"{most}" if least == most else f"{least} to {most}"
    unknown = f"; {failed} failed" if failed else ""
    counts = f"{range_} differences, {history[-1].count} at the last one{unknown}."
    return (
        f"{len(history)} checks from {_day(history[0].at)} to {_day(history[-1].at)} UTC: {counts}"
    )
