"""The drawing of the history: steps from look to look, never longer than can be told apart."""

from datetime import UTC, datetime, timedelta

from environments.drift.chart import MOST_POINTS, WIDTH, Comparison, draw_chart, thin_out

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
    assert drawn.line.count("V") == 2 and drawn.line.startswith("M34")
    assert (
        drawn.words
        == "4 checks from 01 Mar 00:00 to 01 Mar 00:30 UTC: 0 to 2 differences, 0 at the last one."
    )
    assert [count for _, count in drawn.ticks] == [0, 1, 2]


def test_a_look_that_failed_is_marked_and_not_drawn_as_none():
    drawn = draw_chart(history(1, 0, 1, failed=(1,)))
    assert len(drawn.failed) == 1 and "V" not in drawn.line and "1 failed" in drawn.words


def test_a_week_of_looks_is_thinned_to_the_worst_of_each_stretch():
    week = history(*([0] * 500), 7, *([0] * 507))
    few = thin_out(week)
    assert len(few) <= MOST_POINTS and max(look.count for look in few) == 7
    assert all(0 <= x <= WIDTH for x in [label[0] for label in draw_chart(few).labels])
