"""Which worker has a job."""

from datetime import timedelta

import pytest

from portal.audit.models import Event
from portal.audit.verbs import Verb
from portal.jobs.interrupts import Cancelled, Fenced
from portal.jobs.lease import Lease, claim, reclaim, renew
from portal.jobs.models import Job
from portal.jobs.models.clock import DatabaseNow, database_now
from portal.jobs.states import JobState

NOTHING = "SELECT 7 AS id FROM held"


def taken(lease=10.0) -> Lease:
    return claim("me", most=1, lease_seconds=lease)[0]


def died() -> Job:
    Job.objects.update(lease_until=DatabaseNow() - timedelta(milliseconds=1))
    return reclaim(10.0)[0]


def test_a_claim_raises_the_epoch_and_leases_by_the_clock_of_the_database(order):
    order()
    lease = taken()
    job = Job.objects.get()
    assert (job.state, job.epoch, job.owner) == ("running", 1, "me")
    assert timedelta(seconds=9) < job.lease_until - database_now() <= timedelta(seconds=10)
    assert job.deadline_at and job.started_at
    assert claim("you", most=5, lease_seconds=10) == []
    assert abs(lease.now() - database_now()) < timedelta(seconds=1)


def test_orders_of_people_go_before_what_only_looks(order):
    order("look")
    changing = order()
    assert taken().job == changing


def test_a_renewal_keeps_the_hold_and_brings_the_cancel(order):
    order()
    lease = taken()
    Job.objects.get().request_cancel("user:dora")
    Job.objects.update(lease_until=DatabaseNow() + timedelta(seconds=1))
    renew([lease])
    assert lease.cancel and lease.safe
    assert Job.objects.get().lease_until - database_now() > timedelta(seconds=8)


def test_a_hold_that_was_not_renewed_for_two_thirds_of_its_lease_begins_no_call(order):
    order()
    lease = taken()
    lease.renewed -= 6.7
    assert not lease.safe
    with pytest.raises(Fenced):
        lease.check()


def test_a_worker_that_lost_the_job_can_write_nothing(order):
    order()
    lease = taken()
    died()
    for write in (
        lambda: lease.write(NOTHING, {}),
        lambda: lease.job.finish(JobState.SUCCEEDED, lease.now(), result={}),
        lambda: lease.job.release(lease.now()),
    ):
        with pytest.raises(Fenced):
            write()
    renew([lease])
    assert lease.lost


def test_a_dead_worker_costs_a_growing_delay(order):
    order()
    delays = []
    for _ in range(4):
        taken()
        job = died()
        delays.append(
            round(
                (
                    job.next_wake_at - job.lease_until
                    if job.lease_until
                    else job.next_wake_at - database_now()
                ).total_seconds()
            )
        )
        Job.objects.update(next_wake_at=DatabaseNow())
    assert delays == [
        2 - 10,
        8 - 10,
        30 - 10,
        120 - 10,
    ]  # from the last sign of life, ten seconds before the lease ran out


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
    lease = taken()
    Job.objects.get().request_cancel("user:dora")
    lease.job.release(lease.now() + timedelta(hours=1))
    assert taken().job.state == "cancelling"


def test_two_claims_never_get_the_same_job(order):
    for number in range(6):
        order(environment=f"e{number}")
    first, second = claim("a", most=3, lease_seconds=10), claim("b", most=9, lease_seconds=10)
    assert len(first) == len(second) == 3
    assert {lease.job.pk for lease in first}.isdisjoint(lease.job.pk for lease in second)


def test_what_is_written_about_a_job_is_audited_in_the_same_statement(order):
    job = order()
    lease = taken()
    assert (
        lease.write(NOTHING, {}, audit=[job.audit_row(Verb.STEP_ENDED, "user:dora")], durable=False)
        == 7
    )
    assert Event.objects.filter(verb="job.step_ended", job=str(job.pk)).count() == 1


def test_once_a_cancel_was_asked_for_nothing_new_is_written_or_audited(order):
    job = order()
    lease = taken()
    Job.objects.get().request_cancel("user:dora")
    audit = [job.audit_row(Verb.OCI_CALL, "user:dora")]
    with pytest.raises(Cancelled):
        lease.write(NOTHING, {}, audit=audit, despite_cancel=False)
    assert not Event.objects.filter(verb="oci.call").exists()
    lease.write(NOTHING, {}, audit=audit)
    assert Event.objects.filter(verb="oci.call").exists() and lease.cancel
