"""What changing a field in place costs those who use the resource. Pure."""

from dataclasses import dataclass

BRIEF, OUTAGE, LOSS = "brief", "outage", "loss"  # grades, from connections that drop to data
TAKES = "takes away"  # a grade too: a rule, a right or a way to reach something ends
CONFIRMED = (OUTAGE, LOSS)  # grades for which an apply asks to type the environment's name
TICKED = (TAKES, LOSS)  # grades of what an update takes away: an apply asks to tick the row


@dataclass(frozen=True, slots=True)
class UpdateCost:
    """One cost of an update: its grade, and a sentence for the plan."""

    grade: str
    words: str

    @property
    def is_heavy(self) -> bool:
        """Say whether it takes the product down or loses data."""
        return self.grade in CONFIRMED

    @property
    def takes_away(self) -> bool:
        """Say whether something that is there now ends with it."""
        return self.grade in TICKED
