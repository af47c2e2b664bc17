"""An answer is judged by its status, its headers and its body."""

import pytest

from releases.smoke.judge import ABSENT, captures, expand_all, failures, value_at
from releases.smoke.steps import one


def step(**fields):
    return one({"name": "one", "method": "GET", "path": "/x", **fields})


def judge(given, body, status=200, headers=None, captured=None):
    return failures(given, status, headers or {}, body, captured or {})


def test_a_path_walks_objects_lists_and_keys_with_dots():
    body = {"a": [{"b": 1}], "paths": {"/v1.0/x": {"get": {}}}}
    assert value_at(body, "a.0.b") == 1
    assert value_at(body, ["paths", "/v1.0/x"]) == {"get": {}}
    assert value_at(body, "") == body
    assert value_at(body, "a.1.b") is ABSENT
    assert value_at("text", "a") is ABSENT


@pytest.mark.parametrize(
    ("assertion", "good", "bad"),
    [
        (["v", "eq", "ok"], "ok", "degraded"),
        (["v", "ne", "ok"], "bad", "ok"),
        (["v", "in", ["a", "b"]], "a", "c"),
        (["v", "contains", "x"], ["x"], ["y"]),
        (["v", "nonempty"], [1], []),
        (["v", "nonempty"], "text", ""),
        (["v", "length", 2], [1, 2], [1]),
        (["v", "at_least", 3], 3, 2),
        (["v", "at_least", 3], 4, "4"),
        (["v", "nonempty"], {"k": 1}, None),
    ],
)
def test_each_operator_tells_good_from_bad(assertion, good, bad):
    given = step(expect=[assertion])
    assert judge(given, {"v": good}) == []
    assert len(judge(given, {"v": bad})) == 1
    assert "v is missing" in judge(given, {})[0]


def test_health_with_status_200_and_a_degraded_body_fails():
    given = step(expect=[["status", "eq", "healthy"], ["database", "eq", "connected"]])
    found = judge(given, {"status": "degraded", "database": "disconnected"})
    assert found == [
        "status is 'degraded', expected eq healthy",
        "database is 'disconnected', expected eq connected",
    ]


def test_an_upload_refused_with_status_200_fails():
    given = step(expect=[["status", "eq", "success"]])
    assert judge(given, {"status": "error", "errors": ["duplicate row"]}) == [
        "status is 'error', expected eq success"
    ]


def test_a_wrong_status_is_the_only_failure_told():
    assert judge(step(status=[201, 202], expect=[["id", "nonempty"]]), {}, status=500) == [
        "status 500, expected 201 or 202"
    ]


def test_headers_are_judged_too():
    given = step(headers=[["content-type", "contains", "zip"]])
    assert judge(given, {}, headers={"content-type": "application/zip"}) == []
    assert judge(given, {}, headers={"content-type": "text/html"}) == [
        "content-type is 'text/html', expected contains zip"
    ]


def test_a_selection_picks_the_item_that_matches_what_was_captured():
    given = step(
        select={"from": "runs", "where": {"run_id": "$run"}}, expect=[["status", "eq", "success"]]
    )
    runs = {"runs": [{"run_id": "r1", "status": "failed"}, {"run_id": "r2", "status": "success"}]}
    assert judge(given, runs, captured={"run": "r2"}) == []
    assert judge(given, runs, captured={"run": "r9"}) == [
        "no item of the answer matches the selection"
    ]


def test_an_optional_step_passes_when_nothing_matches():
    given = step(select={"where": {"name": "mine"}}, captures={"course": "id"}, optional=True)
    assert judge(given, []) == []
    assert captures(given, [], {}) == ({}, [])
    assert captures(given, [{"name": "mine", "id": 7}], {}) == ({"course": "7"}, [])


def test_a_capture_that_is_not_there_fails():
    assert captures(step(captures={"run": "run_id"}), {"status": "success"}, {}) == (
        {},
        ["nothing at 'run_id' to keep as run"],
    )


def test_captured_values_fill_bodies_at_any_depth():
    assert expand_all({"json": [{"id": "$exam"}], "n": 3}, {"exam": "e1"}) == {
        "json": [{"id": "e1"}],
        "n": 3,
    }
