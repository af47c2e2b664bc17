"""The runner with its real threads."""

import threading
import time

import pytest

from portal.jobs.dispatch import submit
from portal.jobs.models import Job, Worker
from portal.jobs.runner import Runner
from tests.patience import patient, until
from tests.portal.jobs import kinds
from tests.portal.jobs.cloud import FakeCloud


@pytest.fixture
def runner(committed_db, settings):
    """Return a running runner on a cloud in memory."""
    settings.JOB_SWEEP_SECONDS, settings.JOB_LEASE_SECONDS, settings.JOB_SCHEDULES = 0.05, 10.0, {}
    cloud = FakeCloud()
    runner = Runner(make_client=lambda: cloud)
    runner.cloud = cloud
    runner.start()
    yield runner
    runner.stop()


def at_rest(job):
    until(lambda: job.over or job.state == "needs_operator", meanwhile=job.refresh_from_db)
    return job.state


def order(kind, **more):
    return submit(f"tests.{kind}", **{"environment": "dev", "actor": "user:dora", **more})


def test_steps_that_do_not_need_each_other_run_side_by_side(runner, monkeypatch):
    together = threading.Barrier(3, timeout=patient(5))

    def steps(_, job):
        return [kinds.Step(name, lambda ctx: kinds.Done({"n": together.wait()})) for name in "abc"]

    monkeypatch.setattr(kinds.Walk, "steps", steps)
    assert at_rest(order("walk")) == "succeeded"


def test_a_job_that_waits_holds_no_slot(runner, settings):
    waiting = [
        order("slow", spec={}, environment=f"e{number}") for number in range(settings.JOB_SLOTS + 2)
    ]
    assert at_rest(order("walk", spec={"steps": ["a"]})) == "succeeded"
    assert {Job.objects.get(pk=job.pk).state for job in waiting} <= {"waiting", "running", "queued"}


def test_a_cancel_reaches_a_step_that_works_without_calls(runner, monkeypatch):
    runner._lease_seconds = 0.6
    going, never = threading.Event(), threading.Event()

    def work(_):
        going.set()
        never.wait(0.1)
        return kinds.Wait(0.1)

    def steps(_, job):
        return [kinds.Step("long", work)]

    monkeypatch.setattr(kinds.Walk, "steps", steps)
    job = order("walk")
    assert going.wait(patient(5))
    Job.objects.get(pk=job.pk).request_cancel("user:dora")
    runner.ring()
    assert at_rest(job) == "cancelled"


def test_it_is_seen_while_it_lives_and_forgotten_when_it_stops(runner):
    runner.ring()
    until(Worker.objects.filter(rung_at__isnull=False).exists)
    assert Worker.objects.get().name == runner.name
    runner.stop()
    assert not Worker.objects.exists()


def test_it_seals_the_audit_trail(runner):
    from portal.audit.models import Seal

    at_rest(order("walk", spec={"steps": ["a"]}))
    until(Seal.objects.exists)


def test_a_job_is_never_seen_without_its_steps_even_if_ordered_outside_a_transaction(
    runner, settings, monkeypatch
):
    save = Job.save

    def save_slowly(job, **options):
        save(job, **options)
        time.sleep(0.2)  # several sweeps

    monkeypatch.setattr(Job, "save", save_slowly)
    job = order("walk", spec={"steps": ["a", "b"]})
    assert at_rest(job) == "succeeded"
