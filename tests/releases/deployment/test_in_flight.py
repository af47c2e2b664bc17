"""What is being computed, as the application tells it; and how the new instances are judged
by what they answer.
"""

import json
from datetime import UTC, datetime

import pytest

from portal.lib.http import NoReply, Reply
from releases.deployment import in_flight, watch
from releases.smoke.client import Credentials

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAIR = Credentials("teacher", "chalk-and-talk")


class Site:
    """Stands for the application: answers from a table of paths; an exception in it is raised."""

    def __init__(self, answers):
        self.answers = answers

    def send(self, method, path, *, headers, body, timeout):
        found = self.answers[path]
        if isinstance(found, Exception):
            raise found
        status, data = found if isinstance(found, tuple) else (200, found)
        return Reply(status, {"content-type": "application/json"}, json.dumps(data).encode(), 1)


def look(monkeypatch, answers):
    site = Site(answers)
    monkeypatch.setattr(in_flight, "Client", lambda url: site)
    return in_flight.RunList("http://x", PAIR).read(NOW)


def run_row(status, created="2026-11-23T11:57:00.000000"):
    return {"run_id": f"{status}-0123", "status": status, "created_at": created}


ANSWERS = {
    "/api/v1/courses": [{"id": "c"}],
    "/api/v1/courses/c/exams": [{"id": "e", "created_at": "2026-11-01T00:00:00"}],
}
RUNS = "/api/v1/exams/e/compute/runs"


def test_runs_that_have_not_ended_are_named_with_their_age(monkeypatch):
    moving, stuck = look(
        monkeypatch, {**ANSWERS, RUNS: [run_row("running"), run_row("success"), run_row("failed")]}
    )
    assert [run.describe(NOW) for run in moving] == [
        "run running- of exam e (running for 3 min)"
    ] and stuck == []


def test_a_run_that_was_queued_long_ago_is_stuck_and_not_waited_for(monkeypatch):
    moving, stuck = look(monkeypatch, {**ANSWERS, RUNS: [run_row("queued", "2026-11-23T08:00:00")]})
    assert moving == [] and [run.status for run in stuck] == ["queued"]


@pytest.mark.parametrize(
    "answer", [NoReply("no answer within 5 s"), (500, {}), (401, {}), (200, {"detail": "x"})]
)
def test_an_application_that_does_not_tell_is_said_so(monkeypatch, answer):
    with pytest.raises(in_flight.Unreadable, match="does not list what is being computed"):
        look(monkeypatch, {"/api/v1/courses": answer})


def test_an_environment_without_exams_computes_nothing(monkeypatch):
    assert look(monkeypatch, {"/api/v1/courses": []}) == ([], [])


WELL = {"status": "healthy", "database": "connected"}


@pytest.mark.parametrize(
    ("health", "api", "words"),
    [
        (WELL, (401, {}), ""),
        (
            {"status": "degraded", "database": "disconnected"},
            (401, {}),
            "/health says degraded, database disconnected",
        ),
        ({}, (401, {}), "/health answers 200 with a body that is not its own"),
        ((503, {}), (401, {}), "/health answers 503"),
        (WELL, (500, {}), "/api/v1/courses answers 500"),
        (NoReply("no answer within 5 s"), (401, {}), "no answer within 5 s"),
    ],
)
def test_health_is_judged_by_its_body(monkeypatch, health, api, words):
    site = Site({"/health": health, "/api/v1/courses": api})
    monkeypatch.setattr(watch, "Client", lambda url: site)
    assert watch.Watch("http://x", "/health").check() == words


@pytest.mark.parametrize(
    ("weights", "new", "expected"),
    [([10], [10], 1), ([10, 1], [1], 49), ([1, 1], [1], 7), ([10] * 40 + [1], [1], 300)],
)
def test_it_asks_until_each_new_one_answered(weights, new, expected):
    assert watch.questions_needed(weights, new) == expected
