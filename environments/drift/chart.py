"""The history of drift as a drawing: differences a look, over time. Pure: numbers in, coordinates out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 160, 34, 22, 8, 8
MOST_POINTS = 180


@dataclass(frozen=True, slots=True)
class Look:
    """One look: when, how many differences, whether it failed."""

    at: datetime
    count: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
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


def chart(looks: Sequence[Look]) -> Chart | None:
    """Return the drawing of looks, oldest first; nothing for fewer than two."""
    if len(looks) < 2:
        return None
    start, span = looks[0].at, max((looks[-1].at - looks[0].at).total_seconds(), 1.0)
    most = max(*(look.count for look in looks), 1)
    floor, height, width = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP, WIDTH - LEFT - RIGHT

    def x(look: Look) -> float:
        return round(LEFT + (look.at - start).total_seconds() / span * width, 1)

    def y(count: int) -> float:
        return round(floor - count / most * height, 1)

    line = _steps([(x(look), y(look.count)) for look in looks if not look.failed])
    area = f"M{LEFT},{floor} L{line[1:]} L{WIDTH - RIGHT},{floor} Z" if line else ""
    return Chart(
        line=line,
        area=area,
        failed=[x(look) for look in looks if look.failed],
        ticks=[(y(count), count) for count in sorted({0, most // 2 if most > 1 else 0, most})],
        labels=[(x(looks[0]), _day(looks[0].at), "start"), (x(looks[-1]), _day(looks[-1].at), "end")],
        words=_words(looks),
    )


def thinned(looks: Sequence[Look]) -> list[Look]:
    """Return at most so many looks as can be told apart: of each stretch the one with most differences."""
    size = -(-len(looks) // MOST_POINTS) if looks else 1
    stretches = [looks[number : number + size] for number in range(0, len(looks), size)]
    return [max(stretch, key=lambda look: (look.count, look.failed)) for stretch in stretches]


def _steps(points: list[tuple[float, float]]) -> str:
    """Return a path that stays level from look to look: nothing is known of the time between."""
    if not points:
        return ""
    path = [f"M{points[0][0]},{points[0][1]}"]
    path += [f"H{now[0]} V{now[1]}" if now[1] != before[1] else f"H{now[0]}" for before, now in pairwise(points)]
    return " ".join(path)


def _day(at: datetime) -> str:
    return f"{at:%d %b %H:%M}"


def _words(looks: Sequence[Look]) -> str:
    failed = sum(look.failed for look in looks)
    least, most = min(look.count for look in looks), max(look.count for look in looks)
    range_ = f"{most}" if least == most else f"{least} to {most}"
    unknown = f"; {failed} could not look" if failed else ""
    told = f"{range_} differences, {looks[-1].count} at the last one{unknown}."
    return f"{len(looks)} looks from {_day(looks[0].at)} to {_day(looks[-1].at)} UTC: {told}"
