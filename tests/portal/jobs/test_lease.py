"""Who holds a job."""

from datetime import timedelta

import pytest

from portal.audit.models import Event
from portal.audit.verbs import Verb
from portal.jobs.interrupts import Cancelled, Fenced
from portal.jobs.lease import Hold, bury_crashed, claim, renew
from portal.jobs.models import Job
from portal.jobs.models.clock import DatabaseNow, database_now
from portal.jobs.states import State

NOTHING = "SELECT 7 AS id FROM held"


def taken(lease=10.0) -> Hold:
    return claim("me", most=1, lease_seconds=lease)[0]


def died() -> Job:
    Job.objects.update(lease_until=DatabaseNow() - timedelta(milliseconds=1))
    return bury_crashed(10.0)[0]


def test_a_claim_raises_the_epoch_and_leases_by_the_clock_of_the_database(order):
    order()
    hold = taken()
    job = Job.objects.get()
    assert (job.state, job.epoch, job.owner) == ("running", 1, "me")
    assert timedelta(seconds=9) < job.lease_until - database_now() <= timedelta(seconds=10)
    assert job.deadline_at and job.started_at
    assert claim("you", most=5, lease_seconds=10) == []
    assert abs(hold.now() - database_now()) < timedelta(seconds=1)


def test_orders_of_people_go_before_what_only_looks(order):
    order("look")
    changing = order()
    assert taken().job == changing


def test_a_renewal_keeps_the_hold_and_brings_the_cancel(order):
    order()
    hold = taken()
    Job.objects.get().request_cancel("user:dora")
    Job.objects.update(lease_until=DatabaseNow() + timedelta(seconds=1))
    renew([hold])
    assert hold.cancel and hold.safe
    assert Job.objects.get().lease_until - database_now() > timedelta(seconds=8)


def test_a_hold_that_was_not_renewed_for_two_thirds_of_its_lease_begins_no_call(order):
    order()
    hold = taken()
    hold.renewed -= 6.7
    assert not hold.safe
    with pytest.raises(Fenced):
        hold.check()


def test_whoever_lost_the_job_can_write_nothing(order):
    order()
    hold = taken()
    died()
    for write in (
        lambda: hold.write(NOTHING, {}),
        lambda: hold.job.finish(State.SUCCEEDED, hold.now(), result={}),
        lambda: hold.job.release(hold.now()),
    ):
        with pytest.raises(Fenced):
            write()
    renew([hold])
    assert hold.lost


def test_a_dead_worker_costs_a_growing_delay(order):
    order()
    delays = []
    for _ in range(4):
        taken()
        job = died()
        delays.append(
            round((job.next_wake_at - job.lease_until if job.lease_until else job.next_wake_at - database_now()).total_seconds())
        )
        Job.objects.update(next_wake_at=DatabaseNow())
    assert delays == [2 - 10, 8 - 10, 30 - 10, 120 - 10]  # from the last sign of life, ten seconds before the lease ran out


def test_the_fifth_death_parks_it(order):
    order()
    for _ in range(5):
        Job.objects.update(next_wake_at=DatabaseNow())
        taken()
        died()
    job = Job.objects.get()
    assert (job.state, job.crash_count) == ("needs_operator", 5)
    assert Event.objects.filter(verb="job.state_changed", outcome="unknown").count() == 5


def test_a_cancel_that_comes_while_the_job_is_given_back_is_not_kept_waiting(order):
    order()
    hold = taken()
    Job.objects.get().request_cancel("user:dora")
    hold.job.release(hold.now() + timedelta(hours=1))
    assert taken().job.state == "cancelling"


def test_two_claims_never_get_the_same_job(order):
    for number in range(6):
        order(environment=f"e{number}")
    first, second = claim("a", most=3, lease_seconds=10), claim("b", most=9, lease_seconds=10)
    assert len(first) == len(second) == 3
    assert {hold.job.pk for hold in first}.isdisjoint(hold.job.pk for hold in second)


def test_what_is_written_about_a_job_is_told_in_the_same_statement(order):
    job = order()
    hold = taken()
    assert hold.write(NOTHING, {}, told=[job.told_as(Verb.STEP_ENDED, "user:dora")], durable=False) == 7
    assert Event.objects.filter(verb="job.step_ended", job=str(job.pk)).count() == 1


def test_once_a_cancel_was_asked_for_nothing_new_is_written_nor_told(order):
    job = order()
    hold = taken()
    Job.objects.get().request_cancel("user:dora")
    told = [job.told_as(Verb.OCI_CALL, "user:dora")]
    with pytest.raises(Cancelled):
        hold.write(NOTHING, {}, told=told, anyway=False)
    assert not Event.objects.filter(verb="oci.call").exists()
    hold.write(NOTHING, {}, told=told)
    assert Event.objects.filter(verb="oci.call").exists() and hold.cancel
