"""A job on its way."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError

from portal.audit.models import Event
from portal.jobs.execution import Execution
from portal.jobs.executor import InlineExecutor
from portal.jobs.lease import claim, reclaim
from portal.jobs.models import Job
from portal.jobs.models.clock import DatabaseNow
from tests.portal.jobs import kinds


def told(job, verb):
    return list(
        Event.objects.filter(job=str(job.pk), verb=verb)
        .order_by("id")
        .values_list("outcome", flat=True)
    )


def test_it_runs_its_steps_in_order_and_ends(order, run):
    job = run(order())
    assert job.state == "succeeded"
    assert job.as_dict()["percent"] == 100
    assert job.result == {"b": {"ok": True}}
    assert (job.lease_until, job.next_wake_at, job.owner) == (None, None, "")
    assert told(job, "job.step_ended") == ["done", "done"]


def test_a_long_wait_holds_no_worker_and_keeps_its_memo(order, run):
    job = run(order("slow", spec={}), hurry=False)
    assert (job.state, job.lease_until) == ("waiting", None)
    assert job.step_rows.get().note == "asked 1 times"
    assert run(job).state == "succeeded"
    assert job.result == {"ask": {"asked": 3}}


def test_a_step_that_does_not_end_in_its_time_asks_for_an_operator(order, run):
    job = run(order("slow", spec={"seconds": 0}))
    assert (job.state, job.at_step) == ("needs_operator", "ask")
    assert "did not finish within 0 seconds" in job.reason and job.next_step


def test_a_job_past_its_deadline_asks_for_an_operator(order, run):
    job = order()
    Job.objects.update(deadline_at=DatabaseNow() - timedelta(seconds=1))
    assert run(job).state == "needs_operator"
    assert "deadline" in job.reason
    job.resume("user:dora")
    assert run(job).state == "succeeded"


def test_a_stop_undoes_what_was_done_last_first(order, run, cloud):
    job = run(order("undoable", spec={}))
    assert job.state == "compensated"
    assert (job.at_step, job.reason, job.next_step) == (
        "three",
        "the smoke test failed",
        "Read its answers.",
    )
    assert [
        row.name for row in job.step_rows.filter(undo=True, state="done").order_by("ended_at")
    ] == ["undo:two", "undo:one"]
    assert kinds.FINISHED == [("compensated", ["one", "two"])]


def test_a_stop_with_nothing_to_undo_fails(order, run, cloud, monkeypatch):
    monkeypatch.setattr(kinds.Undoable, "compensation", lambda *_: [])
    assert run(order("undoable", spec={})).state == "failed"
    assert kinds.FINISHED == [("failed", ["one", "two"])]


def test_a_skipped_step_is_over(order, run):
    job = run(order("undoable", spec={"stop": False}))
    assert (job.state, job.step_rows.get(name="three").note) == ("succeeded", "nothing to do")


def test_a_routine_job_fails_where_another_waits_for_an_operator(order, run):
    job = run(order("routine"))
    assert (job.state, job.at_step) == ("failed", "look")
    assert "KeyError" in job.reason


def test_a_fault_in_the_kind_parks_and_keeps_what_was_done(order, run):
    job = run(order("broken"))
    assert job.state == "needs_operator"
    assert "ZeroDivisionError" in job.reason
    assert set(job.step_rows.values_list("state", flat=True)) == {"done"}


@pytest.mark.parametrize(
    "raises", [KeyError("surprise"), OperationalError("the server closed the connection")]
)
def test_a_worker_that_lost_the_job_can_neither_park_it_nor_give_it_back(
    order, cloud, monkeypatch, raises
):
    job = order()
    first = claim("first", most=1, lease_seconds=10)[0]
    Job.objects.update(lease_until=DatabaseNow() - timedelta(seconds=1))
    reclaim(10.0)
    Job.objects.update(next_wake_at=DatabaseNow())
    claim("second", most=1, lease_seconds=10)

    def steps(_, job):
        monkeypatch.undo()
        raise raises

    monkeypatch.setattr(kinds.Walk, "steps", steps)
    draining = threading.Event()
    draining.set()
    Execution(first, InlineExecutor(), lambda: cloud, draining).run()
    job.refresh_from_db()
    assert (job.state, job.owner, job.epoch) == ("running", "second", 3)
    assert job.lease_until and not job.step_rows.exclude(state="pending").exists()
