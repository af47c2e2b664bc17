"""Jobs whose kind this process does not have, or has in older code only."""

from datetime import timedelta

import pytest

from portal.audit.models import Event
from portal.cloud import errors
from portal.jobs.kinds import runnable_kinds
from portal.jobs.models import Job, Worker
from portal.jobs.models.clock import DatabaseNow
from portal.jobs.orphans import ORPHANED_AFTER, settle_orphans
from portal.jobs.runner import Runner
from portal.lib.refusal import Refused
from tests.portal.jobs import kinds


@pytest.fixture
def unknown(order, settings):
    """Return how to have a kind disappear, as in a worker whose code lacks it."""

    def gone(job):
        settings.JOB_KINDS = {name: path for name, path in kinds.TABLE.items() if name != job.kind}
        return job

    return gone


@pytest.fixture
def made_something(order, run, monkeypatch):
    """Return a job that has called OCI and waits."""
    monkeypatch.setattr(kinds.Reshaped, "waits", ("a",))
    return run(order("reshaped"), hurry=False)


def overdue(*jobs):
    for job in jobs:
        Job.objects.filter(pk=job.pk).update(
            next_wake_at=DatabaseNow() - ORPHANED_AFTER - timedelta(seconds=1)
        )


def worker(table):
    Worker.heartbeat("w", slots=4, busy=0, rung=False, kinds=table)


def test_a_kind_that_this_worker_does_not_have_is_left_for_one_that_has_it(
    order, run, unknown, settings
):
    job = unknown(order())
    assert run(job).state == "queued"
    assert (job.epoch, job.reason) == (0, "")
    settings.JOB_KINDS = kinds.TABLE
    assert run(job).state == "succeeded"


def test_newer_code_is_left_for_a_newer_worker(order, run, monkeypatch):
    monkeypatch.setattr(kinds.Slow, "code_version", 2)
    job = order("slow", spec={})
    monkeypatch.setattr(kinds.Slow, "code_version", 1)
    assert run(job).state == "queued"
    assert (job.epoch, job.reason) == (0, "")
    monkeypatch.setattr(kinds.Slow, "code_version", 2)
    assert run(job).state == "succeeded"


def test_what_waits_for_another_worker_does_not_keep_this_one_busy(order, unknown, run):
    unknown(order())
    assert Job.objects.seconds_to_next() == 0
    assert Job.objects.runnable(runnable_kinds()).seconds_to_next() is None


@pytest.mark.parametrize("state", ["queued", "waiting"])
def test_a_renamed_kind_goes_on_under_its_alias(order, run, settings, state):
    job = order("slow", spec={})
    if state == "waiting":
        run(job, hurry=False)
    settings.JOB_KINDS = {"tests.slower": kinds.TABLE["tests.slow"]}
    settings.JOB_KIND_ALIASES = {"tests.slow": "tests.slower"}
    assert run(job).state == "succeeded"
    assert job.kind == "tests.slow"


@pytest.mark.parametrize("act", ["resume", "cancel", "abandon"])
def test_a_parked_job_of_a_renamed_kind_goes_on(order, run, cloud, settings, act):
    cloud.trouble(errors.LimitExceeded("limit"))
    job = run(order("make"))
    settings.JOB_KINDS, settings.JOB_KIND_ALIASES = (
        {"tests.made": kinds.TABLE["tests.make"]},
        {"tests.make": "tests.made"},
    )
    acts = {
        "resume": lambda: job.resume("user:dora"),
        "cancel": lambda: job.request_cancel("user:dora"),
        "abandon": lambda: job.abandon("user:ada", "enough"),
    }
    acts[act]()
    assert (
        run(job).state == {"resume": "succeeded", "cancel": "cancelled", "abandon": "failed"}[act]
    )


def test_a_kind_that_cannot_be_imported_stops_no_other(order, run, settings):
    broken, job = order(environment="a"), order("look", environment="b")
    settings.JOB_KINDS = {**kinds.TABLE, "tests.walk": "tests.portal.jobs.kinds.Missing"}
    assert "tests.walk" not in runnable_kinds()
    assert run(job).state == "succeeded"
    broken.refresh_from_db()
    assert broken.state == "queued"


def test_a_worker_says_which_kinds_it_has(committed_db, settings):
    settings.JOB_SCHEDULES = {}
    Runner(name="w").sweep()
    assert Worker.objects.get().kinds == runnable_kinds()
    assert Worker.any_can_run("tests.walk", 1)
    assert not Worker.any_can_run("tests.walk", 2) and not Worker.any_can_run("tests.nothing", 1)


def test_a_job_that_no_running_worker_can_take_is_given_to_an_operator(order, unknown):
    job = unknown(order())
    worker(runnable_kinds())
    settle_orphans()
    job.refresh_from_db()
    assert job.state == "queued"  # another worker may be on its way
    overdue(job)
    settle_orphans()
    job.refresh_from_db()
    assert (job.state, job.next_wake_at) == ("needs_operator", None)
    assert (
        "No running worker has the job kind 'tests.walk'" in job.reason
        and "fault" not in job.reason
    )
    assert "Start a worker" in job.next_step


def test_it_is_not_while_a_living_worker_has_its_kind(order, unknown):
    job = unknown(order())
    overdue(job)
    worker({"tests.walk": 1})
    settle_orphans()
    Worker.objects.update(kinds=None)  # a worker of code from before it said what it has
    settle_orphans()
    job.refresh_from_db()
    assert job.state == "queued"
    Worker.objects.update(swept_at=DatabaseNow() - timedelta(minutes=1))
    settle_orphans()
    job.refresh_from_db()
    assert job.state == "needs_operator"


def test_a_worker_that_has_just_started_judges_no_job_by_its_age(
    committed_db, order, unknown, settings
):
    settings.JOB_SCHEDULES = {}
    job = unknown(order())
    overdue(job)
    runner = Runner(name="w")
    runner.sweep()
    runner.sweep()
    job.refresh_from_db()
    assert job.state == "queued"
    runner._orphans_at = 0
    runner.sweep()
    job.refresh_from_db()
    assert job.state == "needs_operator"


def test_a_job_of_newer_code_than_any_worker_has_can_be_resumed_with_the_older(
    order, run, monkeypatch
):
    monkeypatch.setattr(kinds.Slow, "code_version", 2)
    job = order("slow", spec={})
    monkeypatch.setattr(kinds.Slow, "code_version", 1)
    worker(runnable_kinds())
    overdue(job)
    settle_orphans()
    job.refresh_from_db()
    assert "made by version 2 of 'tests.slow'; the running workers have version 1" in job.reason
    job.resume("user:dora")
    assert run(job).state == "succeeded"
    assert job.code_version == 1


def test_a_job_of_newer_code_than_any_worker_has_can_be_cancelled(order, run, monkeypatch):
    monkeypatch.setattr(kinds.Reshaped, "code_version", 2)
    monkeypatch.setattr(kinds.Reshaped, "waits", ("a",))
    job = run(order("reshaped"), hurry=False)
    monkeypatch.setattr(kinds.Reshaped, "code_version", 1)
    job.request_cancel("user:dora")
    assert run(job).state == "compensated"


def test_a_job_of_newer_code_keeps_its_version_while_a_newer_worker_lives(order, run, monkeypatch):
    monkeypatch.setattr(kinds.Slow, "code_version", 2)
    job = order("slow", spec={})
    worker(runnable_kinds())
    monkeypatch.setattr(kinds.Slow, "code_version", 1)
    job.request_cancel("user:dora")
    assert run(job).state == "queued" and job.code_version == 2


@pytest.mark.parametrize("parked", [True, False])
def test_a_job_of_an_unknown_kind_that_called_nothing_is_cancelled_at_once(order, unknown, parked):
    job = unknown(order())
    if parked:
        overdue(job)
        settle_orphans()
    job.request_cancel("user:dora")
    assert (job.state, job.next_wake_at) == ("cancelled", None)
    assert order("look") and not Job.objects.stuck().exists()


def test_a_cancel_before_the_kind_was_gone_ends_too(order, unknown):
    job = order()
    job.request_cancel("user:dora")
    unknown(job)
    overdue(job)
    settle_orphans()
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_call_that_did_nothing_is_none(order, run, unknown, cloud):
    cloud.trouble(errors.LimitExceeded("limit"))
    job = unknown(run(order("make")))
    job.request_cancel("user:dora")
    assert job.state == "cancelled"


def test_what_an_unknown_kind_made_cannot_be_undone_so_its_cancel_is_refused(
    made_something, unknown, cloud
):
    job = unknown(made_something)
    with pytest.raises(Refused, match="What it made cannot be undone") as refused:
        job.request_cancel("user:dora")
    assert "abandon the job" in refused.value.next_step
    job.refresh_from_db()
    assert (job.state, job.cancel_requested_at) == ("waiting", None)


def test_a_job_of_an_unknown_kind_cannot_be_resumed_and_the_refusal_says_what_to_do(order, unknown):
    job = unknown(order())
    overdue(job)
    settle_orphans()
    job.refresh_from_db()
    with pytest.raises(Refused, match="No running worker has the job kind"):
        job.resume("user:dora")
    worker({"tests.walk": 1})
    job.resume("user:dora")
    assert job.state == "waiting"


def test_a_job_of_an_unknown_kind_can_be_abandoned(made_something, unknown):
    job = unknown(made_something)
    overdue(job)
    settle_orphans()
    job.refresh_from_db()
    job.abandon("user:ada", "removed by hand")
    assert job.state == "failed"
    ended = Event.objects.get(job=str(job.pk), actor="user:ada")
    assert "removed by hand" in ended.body and "There is no job kind" in ended.body
    assert job.log.filter(line__contains="own rows could not be updated").exists()


def test_a_job_whose_kind_fails_to_end_it_can_be_abandoned(order, run):
    job = run(order("broken"))
    assert job.state == "needs_operator"
    job.abandon("user:ada", "its code is broken")
    assert job.state == "failed"
    assert job.log.filter(line__contains="ZeroDivisionError").exists()
