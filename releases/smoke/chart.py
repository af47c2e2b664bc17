"""The history of smoke tests as bars: pure, in percent across and pixels down, so that text stays its size on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

HEIGHT, LEAST = 120, 3  # pixels
ACROSS = 92  # percent for the bars; the words of the scale stand beside them


@dataclass(frozen=True)
class Past:
    """One run as the chart needs it; seconds are how long it took."""

    passed: bool
    seconds: float
    at: datetime
    url: str
    words: str


@dataclass(frozen=True)
class Bar:
    """One run in the picture: `left` and `width` in percent, `top` and `height` in pixels."""

    left: float
    width: float
    top: int
    height: int
    run: Past


@dataclass(frozen=True)
class Chart:
    """The bars, the oldest first, with the lines behind them: (top in pixels, seconds)."""

    bars: list[Bar]
    lines: list[tuple[int, float]]
    height: int = HEIGHT

    @property
    def words(self) -> str:
        """Say what the picture shows."""
        failed = sum(not bar.run.passed for bar in self.bars)
        return f"{len(self.bars)} runs, the oldest on the left; {failed} failed"


def chart(runs: Sequence[Past], *, places: int = 40) -> Chart:
    """Draw runs given oldest first; with few of them, bars keep the width that many would have."""
    most = _ceiling(max((run.seconds for run in runs), default=1.0))
    step = ACROSS / max(places, len(runs))
    bars = []
    for number, run in enumerate(runs):
        height = max(LEAST, round(HEIGHT * run.seconds / most))
        bars.append(Bar(round(number * step, 3), round(step * 0.8, 3), HEIGHT - height, height, run))
    return Chart(bars, [(round(HEIGHT * (1 - part)), round(most * part, 2)) for part in (1.0, 0.5)])


def _ceiling(seconds: float) -> float:
    """Return the next round number above: the top of the scale."""
    for size in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300):
        if seconds <= size:
            return float(size)
    return seconds
