"""The history of drift as a chart: differences found by each check, over time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.lib.chart import Chart, Series, Style, line

MOST_POINTS = 180
FAILED: Style = {"type": "bar", "backgroundColor": "var(--p-warn)", "barThickness": 3}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: when, how many differences, whether it failed."""

    at: datetime
    count: int
    failed: bool = False


def draw_chart(history: Sequence[Comparison]) -> Chart | None:
    """Return the chart of comparisons, oldest first; nothing for fewer than two."""
    if len(history) < 2:
        return None
    most = max(1, *(one.count for one in history))
    counts = [None if one.failed else one.count for one in history]
    series = [Series("differences", counts, line("var(--p-accent)", stepped=True))]
    if any(one.failed for one in history):
        failed = [most if one.failed else None for one in history]
        series.append(Series("check failed", failed, FAILED))
    labels = [_day(one.at) for one in history]
    return Chart("line", labels, series, "differences", _words(history), step=-(-most // 5))


def thin_out(history: Sequence[Comparison]) -> list[Comparison]:
    """Return at most MOST_POINTS: of each stretch the one with most differences."""
    size = -(-len(history) // MOST_POINTS) if history else 1
    stretches = [history[number : number + size] for number in range(0, len(history), size)]
    return [max(stretch, key=lambda one: (one.count, one.failed)) for stretch in stretches]


def _day(at: datetime) -> str:
    return f"{at:%d %b %H:%M}"


def _words(history: Sequence[Comparison]) -> str:
    failed = sum(one.failed for one in history)
    least, most = min(one.count for one in history), max(one.count for one in history)
    range_ = f"{most}" if least == most else f"{least} to {most}"
    unknown = f"; {failed} failed" if failed else ""
    told = f"{range_} differences, {history[-1].count} at the last one{unknown}."
    return f"{len(history)} checks from {_day(history[0].at)} to {_day(history[-1].at)} UTC: {told}"
