"""The picture of a plan: everything is on it, nothing lies on anything else, lines lead forward."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.reconcile.graph_layout import layered, listed, reduced
from tests.environments.build import wanted

WHOLE = {want.key: want.all_needs() for want in wanted()}


@st.composite
def graphs(draw):
    keys = [f"k{number}" for number in range(draw(st.integers(0, 12)))]
    return {
        key: draw(st.lists(st.sampled_from(keys[:place]), unique=True)) if place else []
        for place, key in enumerate(keys)
    }


def reach(needs, key):
    return {far for need in needs[key] if need in needs for far in {need} | reach(needs, need)}


@given(graphs())
def test_leaving_out_what_follows_loses_no_need_and_keeps_nothing_that_follows(needs):
    direct = reduced(needs)
    for key in needs:
        assert reach(direct, key) == reach(needs, key)
        assert not any(
            need in reach(direct, other) for need in direct[key] for other in direct[key]
        )


@given(graphs())
@pytest.mark.parametrize("draw", [layered, listed])
def test_no_box_lies_on_another_or_outside(draw, needs):
    drawing = draw(needs)
    assert {box.key for box in drawing.boxes} == set(needs)
    corners = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in drawing.boxes]
    assert all(
        left >= 0 and top >= 0 and right <= drawing.width and low <= drawing.height
        for left, top, right, low in corners
    )
    for number, one in enumerate(corners):
        for other in corners[number + 1 :]:
            assert (
                one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            )


@given(graphs())
def test_lines_lead_from_left_to_right_or_down(needs):
    wide, narrow = layered(needs), listed(needs)
    columns, rows = {box.key: box.x for box in wide.boxes}, {box.key: box.y for box in narrow.boxes}
    assert all(columns[arrow.start] < columns[arrow.end] for arrow in wide.arrows)
    assert all(rows[arrow.start] < rows[arrow.end] for arrow in narrow.arrows)


def test_a_whole_environment_fits_a_phone_as_a_list():
    assert listed(WHOLE).width <= 390 - 2 * 16
    assert len(layered(WHOLE).arrows) < sum(map(len, WHOLE.values()))


def test_the_same_plan_is_drawn_the_same():
    one, other = layered(WHOLE), layered(dict(reversed(WHOLE.items())))
    assert {box.key: box for box in one.boxes} == {box.key: box for box in other.boxes}
    assert set(one.arrows) == set(other.arrows)
