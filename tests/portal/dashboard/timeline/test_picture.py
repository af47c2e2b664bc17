"""Marks find their place by time alone: inside the picture, beside each other, lane by Lane."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.dashboard.timeline.mark import Lane, Mark, Span
from portal.dashboard.timeline.picture import ROOM, ROWS, draw

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WEEK = Span(NOON - timedelta(days=7), NOON, NOON)


def mark(ago, lasts=None, **fields):
    """Return a mark that began so many hours ago."""
    begin = NOON - timedelta(hours=ago)
    end = None if lasts is None else begin + timedelta(hours=lasts)
    return Mark(fields.pop("where", Lane.DEPLOYMENTS), begin, "it", end=end, **fields)


def test_a_mark_stands_where_its_time_is():
    (found,) = draw([mark(84, 42, short="1.5.0")], WEEK, days=7).lanes[0].shapes
    assert (found.left, found.width, found.words) == (50, 25, "1.5.0")


def test_a_moment_is_wide_enough_to_tap_and_stays_inside():
    (found,) = draw([mark(0)], WEEK, days=7).lanes[0].shapes
    assert found.width == ROOM and found.left + found.width <= 100 and found.words == ""


def test_what_began_before_and_still_lasts_fills_the_picture():
    (found,) = draw([mark(1000, open=True)], WEEK, days=7).lanes[0].shapes
    assert (found.left, found.width) == (0, 100)


def test_what_is_over_before_or_begins_after_is_not_drawn():
    assert draw([mark(1000), mark(1000, 5), mark(-5)], WEEK, days=7).lanes == []


def test_what_happens_at_one_time_stands_below_each_other():
    shapes = draw([mark(80, 10), mark(78, 10), mark(20, 1)], WEEK, days=7).lanes[0].shapes
    assert shapes[0].top < shapes[1].top and shapes[2].top == shapes[0].top


def test_lanes_keep_their_order_whatever_comes_first():
    picture = draw(
        [mark(1, where=Lane.INCIDENTS), mark(2, where=Lane.LIVE), mark(3, where=Lane.DRIFT)],
        WEEK,
        days=7,
    )
    assert [one.name for one in picture.lanes] == [Lane.LIVE, Lane.DRIFT, Lane.INCIDENTS]
    assert [one.top for one in picture.lanes] == sorted(one.top for one in picture.lanes)


def test_lines_of_time_are_round():
    assert [words for _, words in draw([], WEEK, days=7).ticks][:2] == ["Tue 17", "Wed 18"]
    day = Span(NOON - timedelta(days=1), NOON, NOON)
    assert [words for _, words in draw([], day, days=1).ticks][:3] == ["15:00", "18:00", "21:00"]
    assert draw([], day, days=1).now == 100
    assert (
        draw([], Span(NOON - timedelta(days=9), NOON - timedelta(days=8), NOON), days=1).now is None
    )


hours = st.floats(min_value=-50, max_value=400, allow_nan=False)


@given(
    st.lists(st.builds(mark, hours, st.none() | st.floats(0, 300), open=st.booleans()), max_size=60)
)
def test_no_mark_leaves_the_picture(marks):
    picture = draw(marks, WEEK, days=7)
    for one in picture.lanes:
        assert one.height <= 16 + ROWS * 18
        for shape in one.shapes:
            assert (
                shape.left >= 0
                and shape.left + shape.width <= 100.01
                and shape.top + 14 <= picture.height
            )
