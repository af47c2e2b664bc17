"""How busy the instances are: drawn from what Monitoring answers, asked once a minute,
unknown when it does not answer.
"""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from portal.cloud.errors import Throttled
from releases.scaling import load
from tests.portal.accounts.people import sign_in

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def row(name, *values):
    points = [
        {"timestamp": f"2026-11-23T11:{57 + at}:00Z", "value": value}
        for at, value in enumerate(values)
    ]
    return {"dimensions": {"resourceDisplayName": name}, "aggregatedDatapoints": points}


def test_a_line_for_each_instance_the_busiest_first():
    load_ = load.draw("Processor", [row("api-1", 10, 20), row("api-2", 40, 50)], AT)
    assert load_.last == [("api-2", 50), ("api-1", 20)]
    assert load_.chart.labels == ["11:57", "11:58"]
    assert [(one.label, one.values) for one in load_.chart.series] == [
        ("api-2", [40, 50]),
        ("api-1", [10, 20]),
    ]


def test_a_minute_without_a_value_is_a_gap():
    load_ = load.draw("Processor", [row("api-1", 10, 20), row("api-2", 40)], AT)
    assert load_.chart.series[0].values == [40, None]


@pytest.mark.parametrize(("highest", "top"), [(0, 25), (25, 25), (26, 50), (99, 100), (100, 100)])
def test_the_scale_is_the_next_quarter(highest, top):
    assert load.draw("Memory", [row("api-1", highest)], AT).chart.top == top


def test_instances_that_are_gone_are_left_out():
    assert load.draw("Memory", [row("api-1", 10)], AT.replace(hour=13)).last == []


def test_no_data_draws_nothing():
    assert load.draw("Memory", [], AT).chart is None


@pytest.fixture
def asked(monkeypatch):
    """Return the list of what was asked; answers with one row each, or with an error when one
    is put in `errors`.
    """
    calls = []

    def read(cloud, compartment, at):
        calls.append(compartment)
        if len(calls) > 1:
            raise Throttled("slow down")
        return [load.draw("Processor", [row("api-1", 10)], AT)]

    monkeypatch.setattr(load, "read", read)
    cache.clear()
    return calls


@pytest.mark.django_db
def test_the_page_asks_once_a_minute_and_says_unknown(client, dev, cast, asked):
    sign_in(client, cast.readonly)
    for _ in range(2):
        assert "api-1" in client.get("/releases/scale/dev/load").content.decode()
    assert len(asked) == 1
    cache.clear()
    assert (
        "Unknown: Monitoring did not answer"
        in client.get("/releases/scale/dev/load").content.decode()
    )


@pytest.mark.django_db
def test_the_page_needs_no_monitoring(client, dev, cast, asked):
    sign_in(client, cast.readonly)
    page = client.get("/releases/scale/dev/").content.decode()
    assert "Current scale" in page and "Preview" not in page and asked == []
