"""What is wrong with a bundle: the file, the place and the next step; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.lib.redact import MASK

AROUND = 24  # characters of a text that an excerpt shows before the place


@dataclass(frozen=True)
class BundleFinding:
    """One thing wrong; `excerpt` has what is secret masked. Line and column start at 1; 0
    means the file as a whole.
    """

    file: str
    words: str
    next_step: str = ""
    line: int = 0
    column: int = 0
    excerpt: str = ""

    def __str__(self) -> str:
        where = f", line {self.line}, column {self.column}" if self.line else ""
        shown = f" ({self.excerpt})" if self.excerpt else ""
        return f"{self.file}{where}: {self.words}{shown}. {self.next_step}".strip()


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Return line and column of a position in a text."""
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def excerpt(text: str, start: int, end: int, hidden: Iterable[tuple[int, int]]) -> str:
    """Return the text around a place on one line; of the spans in `hidden` no letter is shown."""
    first, last = max(0, start - AROUND), min(len(text), end + 8)
    shown, at = "", first
    for begin, stop in sorted(span for span in hidden if span[1] > first and span[0] < last):
        if stop <= at:
            continue
        shown += text[at : max(at, begin)] + MASK
        at = stop
    return f"…{shown}{text[at:last] if at < last else ''}…".replace("\n", " ")
