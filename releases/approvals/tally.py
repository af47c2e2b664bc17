"""The rule that counts approvals: pure, so that it is tested as a table."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Vote:
    """One approval as it stands now: `entitled` says whether the approver still holds the right."""

    approver: str
    digest: str
    entitled: bool


@dataclass(frozen=True)
class Tally:
    """How a release's approvals stand."""

    needed: int
    counted: tuple[str, ...]
    void: tuple[tuple[str, str], ...]

    @property
    def missing(self) -> int:
        """Return how many approvals are still needed."""
        return max(0, self.needed - len(self.counted))

    @property
    def enough(self) -> bool:
        """Say whether the release may be deployed."""
        return self.missing == 0

    @property
    def words(self) -> str:
        """Say how the approvals stand, with the reason why some do not count."""
        void = "".join(f"; the approval of {who} does not count: {why}" for who, why in self.void)
        return f"{len(self.counted)} of {self.needed} approvals{void}"


def tally(*, needed: int, digest: str, requester: str, votes: Iterable[Vote]) -> Tally:
    """Count the votes for exactly this plan, by people other than the requester who still may
    approve; one person counts once.
    """
    counted: dict[str, None] = {}
    void: list[tuple[str, str]] = []
    for vote in votes:
        reason = _why_void(vote, digest=digest, requester=requester)
        if reason:
            void.append((vote.approver, reason))
        else:
            counted[vote.approver] = None
    return Tally(needed, tuple(counted), tuple(void))


def _why_void(vote: Vote, *, digest: str, requester: str) -> str:
    if vote.approver == requester:
        return "the requester cannot approve"
    if vote.digest != digest:
        return "it was given for another plan"
    return "" if vote.entitled else "the approver no longer holds the role"
