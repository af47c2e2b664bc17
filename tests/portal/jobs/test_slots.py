"""Who gets a slot, and keeps the lease meanwhile."""

import threading
import time

import psycopg
import pytest
from django.db import connections

from portal.jobs import schedules
from portal.jobs.dispatch import submit
from portal.jobs.lease import claim, renew
from portal.jobs.loops import Loop, Watchdog
from portal.jobs.models import Job
from portal.jobs.runner import Runner, reserved_slots
from tests.patience import patient, until
from tests.portal.jobs import kinds
from tests.portal.jobs.cloud import FakeCloud


@pytest.mark.parametrize(("slots", "reserved"), [(1, 0), (2, 1), (3, 1), (4, 2), (16, 2)])
def test_some_slots_are_kept_for_what_changes_an_environment(slots, reserved):
    assert reserved_slots(slots) == reserved


def test_a_claim_takes_no_more_looks_than_it_may(order):
    for number in range(3):
        order("look", actor="system:schedule", environment=f"e{number}")
    asked = order("look", environment="e9")
    changing = order()
    leases = claim("me", most=4, others=1, lease_seconds=10)
    assert {lease.job for lease in leases} == {changing, asked}
    assert claim("me", most=4, others=0, lease_seconds=10) == []


def test_looks_that_take_long_keep_no_rollback_waiting(committed_db, settings, monkeypatch):
    hold = threading.Event()
    monkeypatch.setattr(
        kinds.Look,
        "steps",
        lambda self, job: [kinds.Step("look", lambda ctx: hold.wait(60) and kinds.Done())],
    )
    settings.JOB_SCHEDULES, settings.JOB_SWEEP_SECONDS = {}, 0.1
    settings.JOB_LEASE_SECONDS = 10.0
    for number in range(settings.JOB_SLOTS + 1):
        submit("tests.look", actor="system:schedule", dedupe=f"s{number}")
    runner = Runner(make_client=FakeCloud)
    runner.start()
    try:
        until(lambda: Job.objects.filter(state="running").count() == 2)
        job = submit("tests.walk", environment="prod", actor="user:o", spec={"steps": ["a"]})
        until(lambda: job.started_at, 5.0, meanwhile=job.refresh_from_db)
        assert Job.objects.filter(state="running", kind="tests.look").count() == 2
    finally:
        hold.set()
        runner.stop()


@pytest.fixture
def another(committed_db):
    """Return a session of its own."""
    where = connections["default"].settings_dict
    place = {"host": where["HOST"], "dbname": where["NAME"], "user": "portal_app"}
    with psycopg.connect(**place) as session:
        yield session
        session.rollback()


def ordered(*environments):
    for name in environments:
        spec = {"steps": ["a"]}
        submit("tests.walk", environment=name, actor="user:dora", spec=spec)
    return claim("me", most=9, lease_seconds=10)


def test_a_step_that_writes_does_not_keep_the_lease_from_its_renewal(another):
    (lease,) = ordered("dev")
    another.execute("SELECT FROM jobs_job WHERE id = %s FOR KEY SHARE", [lease.job.pk])
    before, lease.renewed = lease.renewed, lease.renewed - 5
    renew([lease])
    assert lease.renewed > before - 1 and lease.safe


def test_a_job_whose_row_is_held_costs_no_other_its_lease(another):
    slow, bystander = ordered("dev", "stage")
    another.execute("SELECT FROM jobs_job WHERE id = %s FOR UPDATE", [slow.job.pk])
    times = {lease.job.pk: lease.renewed for lease in (slow, bystander)}
    began = time.monotonic()
    renew([slow, bystander])
    assert time.monotonic() - began < patient(1)
    assert bystander.renewed > times[bystander.job.pk]
    assert slow.renewed == times[slow.job.pk] and not slow.lost


def test_a_write_that_is_under_way_is_not_overtaken_by_the_end_of_the_job(another):
    (lease,) = ordered("dev")
    another.execute("SELECT FROM jobs_job WHERE id = %s FOR KEY SHARE", [lease.job.pk])
    ended = threading.Event()

    def park():
        lease.job.park(at_step="a", reason="hangs", next_step="")
        ended.set()
        connections.close_all()

    thread = threading.Thread(target=park)
    thread.start()
    assert not ended.wait(0.3)
    another.rollback()
    assert ended.wait(patient(5))
    thread.join()


def test_a_loop_that_does_not_come_back_is_reported():
    never, hangs = threading.Event(), []
    loop = Loop("sweep", never.wait, seconds=1, longest=0.2, ended=never.is_set)
    watchdog = Watchdog([loop], hangs.append)
    loop.start()
    watchdog.start()
    until(lambda: hangs)
    never.set()
    loop.join(patient(2))
    watchdog.stop()
    assert hangs == ["sweep"]


def test_schedules_are_not_all_due_at_once(settings):
    names = settings.JOB_SCHEDULES
    shifts = {schedules._shift(name, 60) for name in names}
    assert len(shifts) > len(names) / 2 and all(0 <= shift < 60 for shift in shifts)
