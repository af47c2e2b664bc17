"""A run sends the steps in order, keeps what later steps need, and stops at the first failure."""

import json

import pytest

from portal.lib.http import NoReply, Reply
from releases.smoke.client import Credentials
from releases.smoke.run import SmokeRunner
from releases.smoke.steps import parse

PAIR = Credentials("instructor-of-test", "a-password-of-test")


class Script:
    """Answers from a list, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def send(self, method, path, *, headers, body, timeout):
        self.asked.append((method, path, headers, body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, data = answer
        return Reply(status, {"content-type": "application/json"}, json.dumps(data).encode(), 3)


def run(steps, *answers):
    script = Script(*answers)
    waits = []
    outcome = SmokeRunner(script, PAIR, request_id="portal-smoke-t1", sleep=waits.append).run(
        parse(steps)
    )
    return outcome, script.asked, waits


def get(name, path, **fields):
    return {"name": name, "method": "GET", "path": path, **fields}


def test_a_capture_fills_the_path_of_a_later_step():
    outcome, asked, _ = run(
        [get("a", "/courses", captures={"course": "0.id"}), get("b", "/c/$course")],
        (200, [{"id": 5}]),
        (200, {}),
    )
    assert outcome.passed and asked[1][1] == "/c/5"
    assert outcome.results[1].request == "GET /c/$course"


def test_steps_after_a_failure_are_listed_as_not_run():
    outcome, asked, _ = run(
        [get("a", "/a"), get("b", "/b"), get("c", "/c")], (200, {}), (500, {"detail": "broken"})
    )
    assert [result.state for result in outcome.results] == ["passed", "failed", "not run"]
    assert not outcome.passed and outcome.words == "b: status 500, expected 200"
    assert len(asked) == 2


def test_a_step_is_skipped_when_its_capture_is_already_known():
    steps = [
        get("find", "/a", captures={"course": "id"}),
        get("make", "/b", unless="course"),
        get("use", "/c"),
    ]
    outcome, asked, _ = run(steps, (200, {"id": 1}), (200, {}))
    assert [result.state for result in outcome.results] == [
        "passed",
        "skipped",
        "passed",
    ] and outcome.passed
    assert len(asked) == 2


def test_credentials_go_only_to_steps_that_ask_for_them():
    _, asked, _ = run([get("open", "/a"), get("closed", "/b", auth=True)], (200, {}), (200, {}))
    assert "Authorization" not in asked[0][2] and asked[1][2]["Authorization"] == PAIR.header
    assert asked[0][2]["X-Request-ID"] == "portal-smoke-t1"


def test_polling_repeats_until_the_state_is_terminal():
    step = get(
        "run",
        "/runs",
        select={"where": {"id": "r1"}},
        poll={"until": ["status", "in", ["success", "failed"]]},
    )
    step["expect"] = [["status", "eq", "success"]]
    answers = [
        (200, []),
        (200, [{"id": "r1", "status": "running"}]),
        (200, [{"id": "r1", "status": "success"}]),
    ]
    outcome, asked, waits = run([step], *answers)
    assert outcome.passed and len(asked) == 3 and waits == [0.5, 0.5]
    assert outcome.results[0].tries == 3


def test_a_run_that_failed_is_told_at_once():
    step = get(
        "run",
        "/runs",
        poll={"until": ["status", "in", ["success", "failed"]]},
        expect=[["status", "eq", "success"]],
    )
    outcome, asked, _ = run([step], (200, {"status": "failed"}))
    assert outcome.words == "run: status is 'failed', expected eq success" and len(asked) == 1


def test_polling_ends_at_its_deadline(monkeypatch):
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr("releases.smoke.run.time.monotonic", lambda: float(next(clock)))
    step = get("run", "/runs", poll={"until": ["status", "eq", "success"], "deadline_seconds": 10})
    outcome, asked, _ = run([step], *[(200, {"status": "queued"})] * 9)
    assert outcome.words == "run: not reached within 10 s: status success" and len(asked) < 9


def test_no_answer_is_a_failure_in_words():
    outcome, _, _ = run([get("health", "/health")], NoReply("no answer within 5 s"))
    assert outcome.words == "health: no answer within 5 s"


def test_a_run_ends_when_its_time_is_over_however_many_steps_are_left(monkeypatch):
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr("releases.smoke.run.time.monotonic", lambda: float(next(clock)))
    script = Script(*[(200, {})] * 9)
    outcome = SmokeRunner(script, PAIR, seconds=10).run(
        parse([get(str(number), "/a") for number in range(9)])
    )
    assert not outcome.passed and outcome.words.endswith("the test took longer than 10 s in all")
    assert len(script.asked) < 3


def test_no_request_may_wait_longer_than_the_run_has_left():
    waits = []

    class Slow(Script):
        def send(self, method, path, *, timeout, **more):
            waits.append(timeout)
            return super().send(method, path, timeout=timeout, **more)

    SmokeRunner(Slow((200, {})), PAIR, seconds=2).run(parse([get("a", "/a", timeout_seconds=30)]))
    assert 0 < waits[0] <= 2


def test_an_excerpt_shows_neither_credentials_nor_tokens():
    body = {
        "echo": PAIR.header,
        "user": "instructor-of-test",
        "token": "t-123456",
        "why": "a-password-of-test is wrong",
    }
    outcome, _, _ = run([get("echo", "/a", auth=True, expect=[["why", "eq", "no"]])], (200, body))
    stored = json.dumps(outcome.as_json())
    for secret in (
        "instructor-of-test",
        "a-password-of-test",
        PAIR.header.removeprefix("Basic "),
        "t-123456",
    ):
        assert secret not in stored


def test_credentials_do_not_show_themselves():
    assert "password" not in repr(PAIR) and "instructor" not in repr(PAIR)


@pytest.mark.parametrize(
    ("pair", "default"), [(("admin", "admin"), True), (("admin", "other-password"), False)]
)
def test_the_applications_built_in_pair_is_recognised(pair, default):
    assert Credentials(*pair).are_defaults is default
