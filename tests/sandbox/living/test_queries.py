"""The query language, and how an alarm's state follows."""

import pytest

from sandbox.oci.living.alarms import Pace, StreamState, duration, follow
from sandbox.oci.living.answers import Window, condition, evaluate, fires
from sandbox.oci.living.metrics import MetricStore, StreamKey
from sandbox.oci.living.mql import BadQuery, parse


@pytest.fixture
def store():
    store = MetricStore()
    for host, values in (("1", (1, 2, 3)), ("2", (10, 20, 30))):
        key = StreamKey.of("c", "app", "errors", {"host": host, "env": "prod"})
        for at, value in enumerate(values):
            store.add(key, 100.0 + at * 10, float(value))
    store.add(StreamKey.of("c", "app", "requests", {"host": "1", "env": "prod"}), 120.0, 100.0)
    return store


def ask(store, query, now=120.0, **more):
    return evaluate(parse(query), Window(store, frozenset({"c"}), "app", now, **more))


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ('errors[1m]{host = "1"}.grouping().sum()', 6),
        ("errors[1m].grouping().sum()", 66),
        ("errors[1m].grouping().max()", 30),
        ("errors[1m].grouping().count()", 6),
        ("errors[1m].grouping().mean()", 11),
        ("errors[1m].grouping().percentile(0.5)", 3),
        ('errors[1m]{host =~ "*", env != "dev"}.grouping().min()', 1),
        ('errors[1m]{host = "1"}.grouping().sum() / requests[1m].grouping().sum() * 100', 6),
        ('(errors[1m]{host = "1"}.grouping().sum() + 4) * 2 - 1', 19),
        ("-errors[1m].grouping().max()", -30),
        ("errors[1m].grouping().sum() / nothing[1m].grouping().sum()", None),
        ("errors[1m].grouping().sum() > 5 && requests[1m].grouping().sum() > 1000", 0),
        ("errors[1m].grouping().sum() > 5 || requests[1m].grouping().sum() > 1000", 1),
    ],
)
def test_a_query_gives_a_value(store, query, value):
    assert ask(store, query).get(()) == value


def test_streams_stay_apart_unless_grouped(store):
    assert sorted(ask(store, "errors[1m].sum()").values()) == [6, 60]
    assert ask(store, "errors[1m].groupBy(env).sum()") == {(("env", "prod"),): 66}


def test_the_window_is_the_interval_times_the_time_scale(store):
    assert ask(store, "errors[1m].grouping().sum()", scale=0.2) == {(): 55}  # 12 s
    assert ask(store, "errors[1m].grouping().sum()", now=500.0) == {}


def test_absence_is_a_condition(store):
    assert ask(store, 'errors[1m]{host = "1"}.grouping().absent()') == {(): 0}
    assert ask(store, 'errors[1m]{host = "1"}.grouping().absent()', now=500.0) == {(): 1}
    assert ask(store, "never[1m].absent()") == {(): 1}
    assert condition(parse("never[1m].absent(10m)"))
    assert not condition(parse("errors[1m].sum()"))


def test_firing_names_the_streams_with_their_values(store):
    window = Window(store, frozenset({"c"}), "app", 120.0)
    assert list(fires(parse("errors[1m].sum() > 10"), window).values()) == [60]
    assert fires(parse("errors[1m].sum() > 100"), window) == {}
    assert fires(parse("never[1m].sum() > 100"), window) is None


@pytest.mark.parametrize(
    "query",
    [
        "",
        "errors",
        "errors[1m]",
        "errors[5].sum()",
        "errors[1m].sum() >",
        "errors[1m]{a}.sum()",
        "errors[1m].best()",
        "a[1m].sum() b",
        "§",
    ],
)
def test_what_cannot_be_read_is_refused(query):
    with pytest.raises(BadQuery):
        parse(query)


PACE = Pace(pending=60, silence=600, repeat=300)


def run(*looks):
    """Follow (moment, holds) pairs; return the messages with their moments."""
    state, messages = StreamState(), []
    for now, holds in looks:
        state, message = follow(state, holds, now, PACE)
        if message:
            messages.append((now, message))
    return messages


def test_it_fires_after_the_condition_held_for_the_pending_duration():
    assert run((10, True), (40, True), (69, True)) == []
    assert run((10, True), (70, True), (80, True)) == [(70, "OK_TO_FIRING")]
    assert run((10, True), (40, False), (70, True)) == []
    assert run((10, True), (40, None), (70, True)) == []


def test_it_resolves_when_the_condition_no_longer_holds():
    assert run((10, True), (70, True), (80, False), (90, False)) == [
        (70, "OK_TO_FIRING"),
        (80, "FIRING_TO_OK"),
    ]


def test_silence_is_a_reset_and_no_recovery():
    assert run((10, True), (70, True), (600, None), (670, None), (680, None)) == [
        (70, "OK_TO_FIRING"),
        (670, "RESET"),
    ]


def test_it_repeats_while_it_fires():
    assert run((10, True), (70, True), (300, True), (370, True), (380, True)) == [
        (70, "OK_TO_FIRING"),
        (370, "REPEAT"),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT1M", 60), ("PT1H", 3600), ("P30D", 2_592_000), ("PT1M30S", 90)]
)
def test_durations_are_read(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "5m", "PT5"])
def test_other_durations_are_refused(text):
    with pytest.raises(ValueError, match="not a duration"):
        duration(text)
