"""The chart of the history: level from look to look, never more points than can be told apart."""

from datetime import UTC, datetime, timedelta

from environments.drift.chart import MOST_POINTS, Comparison, draw_chart, thin_out

START = datetime(2026, 3, 1, tzinfo=UTC)


def history(*counts, failed=()):
    return [
        Comparison(START + timedelta(minutes=10 * n), count, n in failed)
        for n, count in enumerate(counts)
    ]


def test_one_look_is_no_history():
    assert draw_chart([]) is None and draw_chart(history(3)) is None


def test_it_stays_level_until_the_next_look_and_says_itself_in_words():
    drawn = draw_chart(history(0, 2, 2, 0))
    (line,) = drawn.series
    assert list(line.values) == [0, 2, 2, 0] and line.style["stepped"] is True
    assert (
        drawn.words
        == "4 checks from 01 Mar 00:00 to 01 Mar 00:30 UTC: 0 to 2 differences, 0 at the last one."
    )


def test_a_look_that_failed_is_marked_and_not_drawn_as_none():
    drawn = draw_chart(history(1, 0, 1, failed=(1,)))
    line, failed = drawn.series
    assert line.values == [1, None, 1] and failed.values == [None, 1, None]
    assert "1 failed" in drawn.words


def test_a_week_of_looks_is_thinned_to_the_worst_of_each_stretch():
    week = history(*([0] * 500), 7, *([0] * 507))
    few = thin_out(week)
    assert len(few) <= MOST_POINTS and max(look.count for look in few) == 7
    assert len(draw_chart(few).labels) == len(few)
