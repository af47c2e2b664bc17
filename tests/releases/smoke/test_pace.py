"""A scheduled test comes at its pace, asks once more after a first failure, and draws its
history.
"""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from releases.smoke import schedule
from releases.smoke.chart import Past, chart

AT = now()


def ran(*runs):
    """Return runs as (when, passed) out of (minutes ago, passed)."""
    return [(AT - timedelta(minutes=minutes), passed) for minutes, passed in runs]


@pytest.mark.parametrize(
    ("minutes", "runs", "expected"),
    [
        (0, [], False),  # disabled account
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


def test_a_chart_shows_passed_and_failed_runs_apart():
    runs = [Past(True, 0.001, AT), Past(False, 1.5, AT), Past(True, 2.0, AT)]
    drawn = chart(runs, places=10)
    passed, failed = drawn.series
    assert passed.values == [0.001, None, 2.0] and failed.values == [None, 1.5, None]
    assert passed.style["minBarLength"] == 3 and failed.style["borderWidth"] == 2
    assert len(drawn.labels) == 10 and "3 runs" in drawn.words and "1 failed" in drawn.words
    assert [one.values for one in chart([]).series] == [[], []]
