"""What changing a field in place costs those who use the resource. Pure."""

from dataclasses import dataclass

BRIEF, OUTAGE, LOSS = "brief", "outage", "loss"  # grades, from connections that drop to data
CONFIRMED = (OUTAGE, LOSS)  # grades for which an apply asks to type the environment's name


@dataclass(frozen=True, slots=True)
class UpdateCost:
    """One cost of an update: its grade, and a sentence for the plan."""

    grade: str
    words: str

    @property
    def is_heavy(self) -> bool:
        """Say whether it takes the product down or loses data."""
        return self.grade in CONFIRMED
