"""The history of smoke tests as bars: how long each run took, and whether it passed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.lib.chart import Chart, Series, Style

PASSED: Style = {"backgroundColor": "var(--p-ok)"}
FAILED: Style = {
    "backgroundColor": "var(--p-bad-bg)",
    "borderColor": "var(--p-bad)",
    "borderWidth": 2,
}  # hollow
BAR: Style = {"grouped": False, "minBarLength": 3, "maxBarThickness": 22}


@dataclass(frozen=True, slots=True)
class Past:
    """One run as the chart needs it; seconds are how long it took."""

    passed: bool
    seconds: float
    at: datetime


def chart(runs: Sequence[Past], *, places: int = 40) -> Chart:
    """Return the bars of runs, oldest first; with few of them, bars keep the width that many
    would have.
    """
    failed = sum(not run.passed for run in runs)
    empty = [""] * (places - len(runs))
    return Chart(
        "bar",
        [f"{run.at:%d %b %H:%M}" for run in runs] + empty,
        [
            Series(
                "passed, seconds",
                [run.seconds if run.passed else None for run in runs],
                {**PASSED, **BAR},
            ),
            Series(
                "failed, seconds",
                [None if run.passed else run.seconds for run in runs],
                {**FAILED, **BAR},
            ),
        ],
        "seconds",
        f"{len(runs)} runs, the oldest on the left, times in UTC; {failed} failed",
    )
