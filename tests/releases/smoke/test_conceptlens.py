"""The standard test passes on a good application and tells each way of being broken."""

import os
import subprocess
import sys

import pytest

from portal.lib.http import Client
from releases.smoke.client import Credentials
from releases.smoke.conceptlens import STEPS
from releases.smoke.run import SmokeRunner
from releases.smoke.steps import parse
from tests.patience import patient

PAIR = Credentials("instructor-of-test", "a-password-of-test")


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """Run the stub of ConceptLens in production mode; its behaviour is a word in the file."""
    word = tmp_path_factory.mktemp("stub") / "behaviour"
    word.write_text("healthy")
    env = {
        "APP_ENV": "production",
        "DATABASE_URL": "sqlite://",
        "INSTRUCTOR_USERNAME": PAIR.username,
        "INSTRUCTOR_PASSWORD": PAIR.password,
    }
    command = [
        sys.executable,
        "-m",
        "sandbox.conceptlens",
        "--port",
        "0",
        "--behaviour-file",
        str(word),
    ]
    process = subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield f"http://{process.stdout.readline().rpartition(' ')[2].strip()}", word
    finally:
        process.kill()  # it may be hanging, as told
        process.wait(patient(15))
        process.stdout.close()


@pytest.fixture
def run(application):
    url, word = application

    def run(mode="healthy", pair=PAIR, steps=STEPS):
        word.write_text(mode)
        return SmokeRunner(Client(url), pair, request_id="portal-smoke-test").run(parse(steps))

    yield run
    word.write_text("healthy")


def test_it_passes_on_a_good_application_again_and_again(run):
    first, second = run(), run()
    assert first.passed, first.words
    assert second.passed, second.words
    states = {result.name: result.state for result in second.results}
    assert states["creates the course"] == states["creates the exam"] == "skipped"


def test_an_application_that_answers_500_fails(run):
    outcome = run("errors")
    assert not outcome.passed and "status 500" in outcome.words


def test_a_degraded_health_fails_although_the_status_is_200(run):
    outcome = run("unhealthy")
    assert outcome.results[0].status == 200
    assert outcome.words.startswith("health, judged by its body: status is 'degraded'")


def test_an_application_that_lets_anybody_in_fails(run):
    outcome = run(steps=[{**STEPS[2], "status": [401], "path": "/health"}])
    assert outcome.words == "refuses without credentials: status 200, expected 401"


def test_wrong_credentials_fail_without_showing_them(run):
    outcome = run(pair=Credentials("someone-else", "some-other-password"))
    assert outcome.words == "finds the course: status 401, expected 200"
    assert "some-other-password" not in str(outcome.as_json())


def test_a_hanging_health_is_given_up(run):
    outcome = run("hang", steps=[{**STEPS[0], "timeout_seconds": 1}])
    assert outcome.words == "health, judged by its body: no answer within 1 s"
