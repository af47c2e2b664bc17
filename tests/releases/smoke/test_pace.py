"""A scheduled test comes at its pace, asks once more after a first failure, and draws its
history.
"""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from releases.smoke import schedule
from releases.smoke.chart import HEIGHT, LEAST, Past, chart

AT = now()


def ran(*runs):
    """Return runs as (when, passed) out of (minutes ago, passed)."""
    return [(AT - timedelta(minutes=minutes), passed) for minutes, passed in runs]


@pytest.mark.parametrize(
    ("minutes", "runs", "expected"),
    [
        (0, [], False),  # switched off
        (10, [], True),  # never yet
        (10, [(9, True)], False),
        (10, [(10, True)], True),
        (10, [(2, False)], True),  # a first failure is asked again soon
        (10, [(0.5, False)], False),
        (10, [(2, False), (12, True)], True),
        (10, [(2, False), (3, False)], False),  # known by now: at the usual pace
        (10, [(11, False), (12, False)], True),
        (1, [(1, False), (2, False)], True),
    ],
)
def test_when_a_test_is_due(minutes, runs, expected):
    assert schedule.due(minutes, ran(*runs), AT) is expected


def test_a_chart_keeps_its_scale_and_shows_the_least_bar():
    runs = [
        Past(True, 0.001, AT, "/1", "fine"),
        Past(False, 1.5, AT, "/2", "no answer"),
        Past(True, 2.0, AT, "/3", "fine"),
    ]
    drawn = chart(runs, places=10)
    assert [bar.height for bar in drawn.bars] == [LEAST, 90, HEIGHT]
    assert [bar.left for bar in drawn.bars] == [0, 9.2, 18.4]
    assert (
        drawn.lines == [(0, 2), (60, 1)]
        and drawn.words == "3 runs, the oldest on the left; 1 failed"
    )
    assert chart([]).bars == []
