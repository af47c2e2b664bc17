"""Workers that freeze, fight, are told to stop, or are poisoned."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections, transaction

from portal.audit.models import Event
from portal.jobs.models import Call, Job
from portal.jobs.runner import Runner
from portal.lib.refusal import Refused
from tests.chaos.conftest import LEASE, alive, at_rest
from tests.chaos.test_kill import MADE
from tests.committed import superuser
from tests.patience import until

CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE usename = 'portal_app' AND datname = current_database() AND pid <> ALL(%s)
"""


def frozen(workers, build, cloud):
    """Freeze a worker in the middle of a call; return it with its job."""
    cloud.seconds = 0.3
    zombie = workers.start(lease=LEASE)
    job = build()
    until(lambda: cloud.requests or Call.objects.filter(outcome="").exists())
    workers.signal(zombie, signal.SIGSTOP)
    return zombie, job


def test_a_worker_that_wakes_from_a_freeze_can_write_nothing(workers, build, cloud):
    zombie, job = frozen(workers, build, cloud)
    cloud.seconds = 0.0
    workers.start()
    assert at_rest(job).state == "succeeded"
    before = list(Call.objects.values_list("id", "outcome_at", "request_id"))
    workers.signal(zombie, signal.SIGCONT)
    until(lambda: Event.objects.filter(verb="job.fenced", job=str(job.pk)).exists())
    assert list(Call.objects.values_list("id", "outcome_at", "request_id")) == before
    assert cloud.names() == [f"dev-{name}" for name in MADE]
    assert alive(zombie)


def test_two_workers_share_the_jobs_and_make_nothing_twice(workers, build, cloud):
    workers.start()
    workers.start()
    jobs = [build(f"e{number}") for number in range(8)]
    for job in jobs:
        assert at_rest(job).state == "succeeded", job.reason
    assert cloud.names() == sorted(f"e{number}-{name}" for number in range(8) for name in MADE)
    assert cloud.unannounced == []
    assert set(Job.objects.values_list("epoch", "crash_count")) == {(1, 0)}


def test_a_worker_told_to_stop_finishes_its_call_and_gives_the_job_back_at_once(
    workers, build, cloud
):
    cloud.seconds = 0.3
    first = workers.start()
    job = build()
    until(lambda: Call.objects.filter(outcome="").exists())
    workers.signal(first, signal.SIGTERM)
    until(lambda: not alive(first))
    job.refresh_from_db()
    assert (job.state, job.lease_until, job.crash_count) == ("waiting", None, 0)
    assert not Call.objects.filter(outcome="").exists()
    workers.start()
    assert at_rest(job).state == "succeeded"
    assert cloud.names() == [f"dev-{name}" for name in MADE]


def test_a_job_that_kills_its_workers_is_parked_after_five_of_them_and_the_others_go_on(
    workers, build, cloud
):
    poison = build("dev", "chaos.poison")
    for _ in range(5):
        pid = workers.start(lease=LEASE)
        until(lambda pid=pid: not alive(pid))
    workers.start()
    healthy = build("stage")
    assert at_rest(poison).state == "needs_operator"
    poison.refresh_from_db()
    assert (poison.at_step, poison.crash_count) == ("bite", 5)
    assert "died 5 times" in poison.reason and poison.next_step
    assert at_rest(healthy).state == "succeeded"


def test_of_fifty_orders_at_once_one_is_taken_and_the_rest_are_told_which(build):
    def order(_):
        try:
            with transaction.atomic():
                return build()
        except Refused as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as people:
        answers = list(people.map(order, range(50)))
    taken = [answer for answer in answers if isinstance(answer, Job)]
    assert len(taken) == 1 == Job.objects.count()
    assert all(
        taken[0].get_absolute_url() in answer for answer in answers if isinstance(answer, str)
    )


def test_the_doorbell_rung_a_thousand_times_changes_nothing(build, cloud):
    from tests.chaos.double import SmallCloudClient

    job = build()
    runner = Runner(make_client=lambda: SmallCloudClient(cloud.url))
    runner.start()
    try:
        flood = threading.Thread(target=lambda: [runner.ring() for _ in range(1000)])
        flood.start()
        assert at_rest(job).state == "succeeded"
        flood.join()
    finally:
        runner.stop()
    assert cloud.names() == [f"dev-{name}" for name in MADE]
    job.refresh_from_db()
    assert job.epoch == 1


def test_a_database_that_cuts_every_connection_now_and_then_loses_nothing(workers, build, cloud):
    cloud.seconds = 0.05
    workers.start()
    jobs = [build(f"e{number}") for number in range(4)]
    with superuser() as server:
        for _ in range(6):
            time.sleep(0.15)
            server.execute(CUT, [ours()])
    for job in jobs:
        assert at_rest(job).state == "succeeded", job.reason
        assert job.crash_count == 0
    assert cloud.names() == sorted(f"e{number}-{name}" for number in range(4) for name in MADE)
    assert cloud.unannounced == []


def ours() -> list[int]:
    """Return the server process of this test's own connection."""
    connection.ensure_connection()
    return [connection.connection.info.backend_pid]
