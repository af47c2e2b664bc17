"""The history of drift as a chart: differences found by each check, over time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.lib.chart import Chart, Series, Style, line

MOST_POINTS = 180
FAILED: Style = {"type": "bar", "backgroundColor": "var(--p-warn)", "barThickness": 3}


@dataclass(frozen=True, slots=True)
class Look:
    """One look: when, how many differences, whether it failed."""

    at: datetime
    count: int
    failed: bool = False


def chart(looks: Sequence[Look]) -> Chart | None:
    """Return the chart of looks, oldest first; nothing for fewer than two."""
    if len(looks) < 2:
        return None
    most = max(1, *(look.count for look in looks))
    counts = [None if look.failed else look.count for look in looks]
    series = [Series("differences", counts, line("var(--p-accent)", stepped=True))]
    if any(look.failed for look in looks):
        failed = [most if look.failed else None for look in looks]
        series.append(Series("check failed", failed, FAILED))
    labels = [_day(look.at) for look in looks]
    return Chart("line", labels, series, "differences", _words(looks), step=-(-most // 5))


def thinned(looks: Sequence[Look]) -> list[Look]:
    """Return at most so many looks as can be told apart: of each stretch the one with most differences."""
    size = -(-len(looks) // MOST_POINTS) if looks else 1
    stretches = [looks[number : number + size] for number in range(0, len(looks), size)]
    return [max(stretch, key=lambda look: (look.count, look.failed)) for stretch in stretches]


def _day(at: datetime) -> str:
    return f"{at:%d %b %H:%M}"


def _words(looks: Sequence[Look]) -> str:
    failed = sum(look.failed for look in looks)
    least, most = min(look.count for look in looks), max(look.count for look in looks)
    range_ = f"{most}" if least == most else f"{least} to {most}"
    unknown = f"; {failed} could not look" if failed else ""
    told = f"{range_} differences, {looks[-1].count} at the last one{unknown}."
    return f"{len(looks)} looks from {_day(looks[0].at)} to {_day(looks[-1].at)} UTC: {told}"
