"""A parked job keeps its environment; what goes round it ends it first."""

import pytest
from django.db import IntegrityError, transaction

from portal.audit.models import Event
from portal.cloud import errors
from portal.jobs.dispatch import submit, supersede
from portal.jobs.models import Job
from portal.lib.refusal import Refused
from tests.portal.jobs import kinds


@pytest.fixture
def parked(order, run, cloud):
    """Return a job that made one thing and is parked before the second."""
    cloud.before = lambda name: name == "thing1" and cloud.trouble(errors.LimitExceeded("limit"))
    job = run(order("undoable", title="Deploy 2", spec={"stop": False}))
    assert job.state == "needs_operator"
    cloud.before = lambda name: None
    return job


def gone_round(environment="dev"):
    with transaction.atomic():
        by, ended = supersede(environment, actor="user:oncall", words="A rollback")
        job = submit(
            "tests.walk",
            environment=environment,
            actor="user:oncall",
            spec={"steps": ["a"]},
            pk=by,
        )
    return job, ended


def test_what_goes_round_a_parked_job_ends_it_in_the_same_transaction(parked, run, cloud):
    newer, ended = gone_round()
    parked.refresh_from_db()
    assert ended == parked and parked.superseded_by == newer.pk
    assert parked.state == "failed" and parked.reason.startswith("A rollback took dev over")
    event = Event.objects.get(verb="job.superseded")
    assert event.actor == "user:oncall" and str(newer.pk) in event.body
    calls = len(cloud.calls)
    assert run(newer).state == "succeeded" and len(cloud.calls) == calls
    assert kinds.FINISHED == [("failed", ["one"])]


def test_it_can_neither_go_on_nor_be_undone_afterwards(parked):
    gone_round()
    for act in (parked.resume, parked.request_cancel):
        with pytest.raises(Refused, match="is over"):
            act("user:dora")


def test_when_the_newer_job_is_refused_the_parked_one_is_as_before(parked):
    with transaction.atomic():
        supersede("dev", actor="user:oncall", words="A rollback")
        transaction.set_rollback(True)
    parked.refresh_from_db()
    assert (parked.state, parked.superseded_by) == ("needs_operator", None)


def test_a_job_at_work_is_not_superseded(order):
    first = order()
    assert supersede("dev", actor="user:oncall", words="A rollback")[1] is None
    with pytest.raises(Refused, match=r"is being changed by"):
        gone_round()
    assert Job.objects.get() == first


def test_one_that_was_overtaken_before_can_only_be_abandoned(parked, cast):
    """As the migration marks what was parked under the former rule."""
    Job.objects.filter(pk=parked.pk).update(superseded_by=parked.pk)
    parked.refresh_from_db()
    for act in (parked.resume, parked.request_cancel):
        with pytest.raises(Refused, match="is superseded"):
            act("user:dora")
    assert not parked.can_resume(cast.admin) and not parked.can_cancel(cast.admin)
    for changes in ({"state": "waiting"}, {"state": "compensating"}, {"superseded_by": None}):
        with pytest.raises(IntegrityError, match="can only be abandoned"), transaction.atomic():
            Job.objects.filter(pk=parked.pk).update(**changes)
    gone_round()
    parked.abandon("user:ada", "overtaken")
    assert parked.state == "failed"


def test_a_fault_in_telling_keeps_no_job_from_parking(order, run, cloud, monkeypatch):
    def broken(job):
        Job.objects.raw("SELECT no_such_column FROM jobs_job")[0]

    monkeypatch.setattr("portal.jobs.models.job_record.functions", lambda name: [broken])
    cloud.before = lambda name: name == "thing1" and cloud.trouble(errors.LimitExceeded("limit"))
    job = run(order("undoable", title="Deploy 2", spec={"stop": False}))
    assert (job.state, job.crash_count) == ("needs_operator", 0)
    assert Event.objects.filter(verb="job.state_changed", body__contains="needs_operator").exists()
