"""A reason says something, or it is refused in words that name the field and the act."""

import pytest

from portal.acts.reason import require_reason
from portal.lib.act import Act
from portal.lib.refusal import Invalid

ACT = Act("release.denied", "release:3", "prod")


def test_a_reason_is_stripped_and_cut():
    assert require_reason("  too early ") == "too early"
    assert len(require_reason("x" * 3000)) == 2000
    assert require_reason("x" * 600, longest=500) == "x" * 500


@pytest.mark.parametrize("text", ["", "   ", " no ", "\n\n"])
def test_a_reason_that_says_nothing_is_refused(text):
    with pytest.raises(Invalid, match=r"reason: say why, in at least 3 characters\.") as refused:
        require_reason(text, ACT)
    assert refused.value.act == ACT


def test_the_field_and_the_question_may_differ():
    with pytest.raises(Invalid, match="finding: say what you found, in at least 10 characters"):
        require_reason("too short", field="finding", why="what you found", shortest=10)
