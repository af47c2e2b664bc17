"""What is wrong with a bundle: the file, the place and the next step; pure."""

from dataclasses import dataclass


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
