"""The text of a smoke test says what is wrong with it and where; what a dry read shows is
what would be sent.
"""

import json

import pytest

from releases.smoke import preview
from releases.smoke.conceptlens import STEPS
from releases.smoke.steps import parse
from releases.smoke.text import read, written


@pytest.mark.parametrize(
    "steps", [STEPS, [{"text": "a [b,  c]\n [ d ]", "list": [1, "x,\n y"], "empty": []}]]
)
def test_the_text_holds_the_steps_unchanged(steps):
    assert json.loads(written(steps)) == steps


def test_the_standard_test_reads_back_without_a_problem():
    assert read(written(STEPS)) == (STEPS, [])


def test_a_slip_is_told_by_line_and_by_the_step_before_it():
    text = written(STEPS).replace('"path": "/openapi.json",', '"path": "/openapi.json"', 1)
    steps, (problem,) = read(text)
    assert steps is None
    assert problem.startswith(
        "line 15, column 5, in or after the step 'interface has the compute route': Expecting ',' "
        "delimiter"
    )
    assert '"expect"' in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1, column 1: Expecting value"),
        (
            '[{"name": "a", "path": "/a", "path": "/b"}]',
            "'path' stands twice in one object of the step 'a'",
        ),
        ("[NaN]", "NaN is not a number in JSON"),
        ("[" * 100_000, "nested too deep"),
        ('"' + "x" * 200_001, "at most 200,000 are taken"),
        ("{}", "steps must be a list of 1 to 60 steps"),
    ],
)
def test_text_that_is_no_test_is_refused_in_words(text, words):
    _, (problem,) = read(text)
    assert words in problem or (words == "nested too deep" and "recursion" in problem)


def test_a_dry_read_says_what_each_step_sends_expects_keeps_and_waits():
    rows = {row.name: row for row in preview.rows(STEPS)}
    assert len(rows) == len(STEPS) and not any(row.wrong for row in rows.values())
    upload = rows["scores upload"]
    assert upload.request == "POST /api/v1/exams/$exam/scores"
    assert upload.sends == [
        "the instructor's credentials",
        "the file scores.csv (17 lines) as file",
    ]
    assert upload.expects == ["status 200", "status is success", "row_count is 16"]
    assert (
        rows["finds the course"].expects[1]
        == "of the first item with name Portal smoke test; none is no failure:"
    )
    assert rows["finds the course"].keeps == ["$course = id"]
    assert rows["creates the course"].waits == "at most 5 s; left out when $course is known"
    assert (
        rows["computation ends well"].waits
        == "asks every 500 ms until status is one of success, failed, at most 30 s"
    )
    assert preview.longest(parse(STEPS)) == 15 * 5 + 15 + 30


def test_a_dry_read_shows_the_steps_that_cannot_run_among_the_others():
    good, bad, odd = preview.rows([STEPS[0], {"name": "x", "method": "FETCH", "path": "/a"}, 7])
    assert not good.wrong and good.expects
    assert (
        bad.wrong == ["method must be one of GET, HEAD, POST, PUT, PATCH, DELETE"]
        and bad.request == "FETCH /a"
    )
    assert odd.wrong[0] == "it must be an object"
    assert preview.rows(None) == []
