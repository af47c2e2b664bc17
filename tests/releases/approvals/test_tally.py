"""Approvals count when they are for this plan, by others, who still may."""

import pytest

from releases.approvals.tally import Vote, tally

PLAN, OTHER = "sha256:a", "sha256:b"


def count(needed, *votes):
    return tally(needed=needed, digest=PLAN, requester="rita", votes=votes)


@pytest.mark.parametrize(
    ("needed", "votes", "enough"),
    [
        (0, [], True),
        (1, [], False),
        (1, [Vote("ann", PLAN, True)], True),
        (2, [Vote("ann", PLAN, True)], False),
        (2, [Vote("ann", PLAN, True), Vote("bob", PLAN, True)], True),
        (2, [Vote("ann", PLAN, True), Vote("ann", PLAN, True)], False),
        (1, [Vote("rita", PLAN, True)], False),
        (1, [Vote("ann", OTHER, True)], False),
        (1, [Vote("ann", PLAN, False)], False),
        (2, [Vote("ann", PLAN, False), Vote("bob", PLAN, True), Vote("cid", PLAN, True)], True),
    ],
)
def test_enough_is_a_table(needed, votes, enough):
    assert count(needed, *votes).enough is enough


def test_the_words_name_each_approval_that_does_not_count():
    words = count(
        2,
        Vote("ann", OTHER, True),
        Vote("bob", PLAN, False),
        Vote("rita", PLAN, True),
        Vote("cid", PLAN, True),
    ).words
    assert (
        words
        == "1 of 2 approvals; the approval of ann does not count: it was given for another plan"
        "; the approval of bob does not count: the approver no longer holds the role"
        "; the approval of rita does not count: the requester cannot approve"
    )
