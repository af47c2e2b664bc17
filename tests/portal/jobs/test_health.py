"""Whether jobs are being looked after."""

from datetime import timedelta

import pytest

from portal.jobs.health import health
from portal.jobs.models import Job, Worker
from portal.jobs.models.clock import DatabaseNow

LONG_AGO = DatabaseNow() - timedelta(minutes=5)


@pytest.mark.parametrize(
    "changes",
    [
        {"next_wake_at": None},
        {"next_wake_at": LONG_AGO},
        {"state": "running", "lease_until": LONG_AGO},
        {"state": "cancelling", "next_wake_at": None},
    ],
)
def test_a_job_that_no_worker_and_no_timer_will_move_is_stuck(order, changes):
    order()
    (
        Job.objects.update(**{"state": "running", **changes})
        if "state" not in changes
        else Job.objects.update(state="running")
    )
    Job.objects.update(**changes)
    assert Job.objects.stuck().count() == 1


def test_jobs_that_wait_run_or_are_parked_are_not_stuck(order, run):
    order(environment="a")
    run(order("slow", spec={}, environment="b"), hurry=False)
    run(order("broken", environment="c"))
    assert not Job.objects.stuck().exists()


def test_all_is_well_while_a_worker_sweeps(order):
    Worker.heartbeat("w", slots=4, busy=0, rung=True, kinds={})
    order()
    assert health() == {**health(), "ok": True, "workers": 1, "active": 1, "parked": 0, "stuck": 0}
    assert health()["last_ring"]


def test_without_a_worker_it_is_not(db):
    Worker.heartbeat("w", slots=4, busy=0, rung=False, kinds={})
    Worker.objects.update(swept_at=LONG_AGO)
    assert health()["ok"] is False
    Worker.objects.update(swept_at=DatabaseNow() - timedelta(days=2))
    Worker.remove_stale()
    assert not Worker.objects.exists()
