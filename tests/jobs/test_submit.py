"""Ordering a job."""

import pytest

from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Missing, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kinds(settings):
    settings.JOB_KINDS = {"tests.walk": "tests.jobs.kinds.Walk", "tests.look": "tests.jobs.kinds.Look"}


def order(**changes):
    return submit(**{"kind": "tests.walk", "environment": "dev", "actor": "user:dora", "spec": {"steps": ["a", "b"]}, **changes})


def test_it_is_queued_with_its_steps():
    job = order()
    job.refresh_from_db()
    assert job.state == "queued"
    assert [row.name for row in job.step_rows.all()] == ["a", "b"]
    assert job.as_dict()["percent"] == 0
    assert job.next_wake_at and job.created_at


def test_it_refuses_a_second_mutating_job_on_an_environment_and_names_the_first():
    first = order(title="Apply plan 7")
    with pytest.raises(Refused) as refused:
        order()
    assert "Apply plan 7" in str(refused.value)
    assert first.get_absolute_url() in str(refused.value)
    assert order(environment="stage")


def test_it_lets_jobs_that_only_look_run_beside_it():
    order()
    assert order(kind="tests.look", spec={})


def test_it_returns_the_active_job_of_the_same_key():
    first = order(kind="tests.look", spec={}, dedupe="alarm-1")
    assert order(kind="tests.look", spec={}, dedupe="alarm-1") == first
    assert order(kind="tests.look", spec={}, dedupe="alarm-2") != first
    assert Job.objects.count() == 2


def test_it_refuses_an_unknown_kind_in_words():
    with pytest.raises(Missing, match="no job kind"):
        order(kind="tests.nothing")
