"""Ordering a job."""

import pytest

from portal.audit.models import Event
from portal.jobs.definition import Done, Step
from portal.jobs.models import Job
from portal.lib.refusal import Missing, Refused


def test_it_is_queued_with_its_steps_and_told(order):
    job = order()
    job.refresh_from_db()
    assert job.state == "queued"
    assert [row.name for row in job.step_rows.all()] == ["a", "b"]
    assert job.as_dict()["percent"] == 0
    assert job.next_wake_at and job.created_at
    assert Event.objects.get(job=str(job.pk)).verb == "job.submitted"


def test_it_refuses_a_second_mutating_job_on_an_environment_and_names_the_first(order):
    first = order(title="Apply plan 7")
    with pytest.raises(Refused) as refused:
        order()
    assert "Apply plan 7" in str(refused.value)
    assert first.get_absolute_url() in str(refused.value)
    assert order(environment="stage")


def test_a_parked_job_keeps_the_environment_until_it_ends(order):
    job = order(title="Apply plan 7")
    Job.objects.filter(pk=job.pk).update(state="needs_operator")
    with pytest.raises(Refused, match=r"kept by a job that needs an operator: 'Apply plan 7'"):
        order()
    Job.objects.filter(pk=job.pk).update(state="failed")
    assert order()


def test_it_lets_jobs_that_only_look_run_beside_it(order):
    order()
    assert order("look")


def test_it_returns_the_active_job_of_the_same_key(order):
    first = order("look", dedupe="alarm-1")
    assert order("look", dedupe="alarm-1") == first
    assert order("look", dedupe="alarm-2") != first
    assert Job.objects.count() == 2


def test_it_refuses_an_unknown_kind_in_words(order):
    with pytest.raises(Missing, match="no job kind"):
        order("nothing")


def test_it_refuses_a_graph_with_two_steps_of_one_name(order):
    with pytest.raises(ValueError, match="steps of the same name: \\['a'\\]"):
        order(spec={"steps": ["a", "b", "a"]})
    assert not Job.objects.exists()


def test_it_refuses_a_graph_that_needs_what_is_no_step(order, monkeypatch):
    monkeypatch.setattr(
        "tests.portal.jobs.kinds.Look.steps",
        lambda self, job: [Step("look", lambda ctx: Done(), needs=("lock",))],
    )
    with pytest.raises(ValueError, match="needs that are no step: \\['lock'\\]"):
        order("look")
    assert not Job.objects.exists()
