"""The format of a smoke test names the field and the rule that a step breaks."""

import copy

import pytest

from portal.lib.refusal import Invalid
from releases.smoke.conceptlens import STEPS
from releases.smoke.steps import parse, problems

GOOD = {"name": "health", "method": "GET", "path": "/health"}


def test_the_standard_test_is_in_order():
    assert problems(STEPS) == []
    assert parse(STEPS)[0].name == "health, judged by its body"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"method": "FETCH"}, "method must be one of GET"),
        ({"path": "health"}, "path must be a path that starts with one /"),
        ({"path": "//elsewhere.example/health"}, "path must be a path that starts with one /"),
        ({"path": "http://elsewhere.example/"}, "path must be a path that starts with one /"),
        ({"name": ""}, "name must be a text of 1 to 80 characters"),
        ({"timeout_seconds": 600}, "timeout_seconds must be a whole number from 1 to 30"),
        ({"timeout_seconds": 2.5}, "timeout_seconds must be a whole number"),
        ({"status": 200}, "status must be a list of HTTP statuses"),
        ({"status": [True]}, "status must be a list of HTTP statuses"),
        ({"expect": [["status", "is", "ok"]]}, "expect must be a list of [path, operator, value]"),
        ({"expect": [["status", "eq"]]}, "expect must be a list of [path, operator, value]"),
        ({"expect": "status == ok"}, "expect must be a list"),
        ({"body": {"kind": "multipart", "field": "file"}}, "body must be an object with kind"),
        ({"body": {"kind": "json"}}, "body must be an object with kind"),
        ({"select": {"where": ["name"]}}, "select must be an object"),
        ({"captures": {"Bad Name": "id"}}, "captures must be an object of name"),
        ({"unless": ""}, "unless must be the name of a capture"),
        ({"poll": {"interval_ms": 5}}, "poll must be an object with until"),
        (
            {"poll": {"until": ["a", "eq", 1], "deadline_seconds": 3600}},
            "poll must be an object with until",
        ),
        ({"verify": False}, "verify is not a field"),
    ],
)
def test_a_broken_field_is_named_with_its_rule(change, words):
    found = problems([{**GOOD, **change}])
    assert any(words in problem for problem in found)
    assert all(
        problem.startswith("step 1 (health): " if change.get("name") != "" else "step 1: ")
        for problem in found
    )


@pytest.mark.parametrize("steps", [None, [], {}, "GET /health", [GOOD] * 61])
def test_a_test_is_a_list_of_at_most_sixty_steps(steps):
    assert problems(steps) == ["steps must be a list of 1 to 60 steps"]


def test_missing_fields_are_named_together():
    assert problems([{}]) == [f"step 1: {name} is missing" for name in ("name", "method", "path")]
    assert problems([None]) == ["step 1: it must be an object"]


def test_parsing_a_broken_test_is_refused_with_all_its_problems():
    with pytest.raises(Invalid) as refused:
        parse([{**GOOD, "method": "FETCH"}, {"name": "x"}])
    assert "step 1 (health): method" in str(refused.value) and "step 2 (x): path is missing" in str(
        refused.value
    )


def test_parsing_leaves_the_stored_test_untouched():
    before = copy.deepcopy(STEPS)
    parse(STEPS)
    assert before == STEPS
