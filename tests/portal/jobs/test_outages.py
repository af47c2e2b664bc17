"""What keeps one worker, or one session, from stopping the others. A healthy worker starts a
rollback within 5 s on a quiet machine, whatever else hangs.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.db import connections

from portal.jobs import schedules
from portal.jobs.dispatch import submit
from portal.jobs.loops import EXIT_CODE
from portal.jobs.models import Job, Worker
from portal.jobs.runner import Runner
from tests.patience import patient, until
from tests.portal.jobs.cloud import FakeCloud
from tests.portal.jobs.wire import Wire

STARTS_WITHIN = 5.0


@pytest.fixture
def place(committed_db):
    """Return where the test database is."""
    return connections["default"].settings_dict


@pytest.fixture
def wire(place):
    """Return a wire of its own to the database."""
    wire = Wire(Path(place["HOST"]) / ".s.PGSQL.5432")
    yield wire
    wire.close()


@pytest.fixture
def worker(place):
    """Return how to start a worker process, by a wire or by the socket; all end afterwards."""
    started = []

    def start(wire=None, **more):
        url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{place['NAME']}"
        by_wire = f"postgresql://portal_app@127.0.0.1:{wire.port}/{place['NAME']}" if wire else url
        values = {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": by_wire,
            "DATABASE_POOL": "26",
            "JOB_SWEEP_SECONDS": "0.5",
            "JOB_LEASE_SECONDS": "4",
            "LOG_LEVEL": os.environ.get("OUTAGE_LOG", "CRITICAL"),
            **more,
        }
        command = [sys.executable, "-m", "tests.portal.jobs.outage_worker"]
        process = subprocess.Popen(command, env={**os.environ, **values}, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def rolls_back(environment="prod"):
    """Order something urgent; return how many seconds passed until a worker began it."""
    job = submit("tests.walk", environment=environment, actor="user:oncall", spec={"steps": ["a"]})
    began = time.monotonic()
    until(lambda: job.started_at, STARTS_WITHIN, meanwhile=job.refresh_from_db)
    return time.monotonic() - began


def seen(count=1):
    until(lambda: Worker.objects.count() >= count)


def test_a_frozen_session_in_the_schedules_stops_nobody(place, worker):
    with psycopg.connect(host=place["HOST"], dbname=place["NAME"], user="portal_app") as frozen:
        frozen.execute("SET idle_in_transaction_session_timeout = 0")
        frozen.execute("SELECT pg_advisory_xact_lock(%s)", [schedules.LOCK])
        for shift in range(120):  # every occurrence that could be due, inserted, never committed
            frozen.execute(
                "INSERT INTO jobs_scheduleoccurrence (schedule, due_at) VALUES ('tick',"
                " to_timestamp(floor(extract(epoch FROM clock_timestamp())) + %s))",
                [shift],
            )
        worker()
        seen()
        rolls_back()
        frozen.rollback()


def test_a_session_frozen_in_a_claim_holds_only_what_it_claimed(place, worker):
    held = [order_elsewhere(number) for number in range(4)]
    with psycopg.connect(host=place["HOST"], dbname=place["NAME"], user="portal_app") as frozen:
        frozen.execute("SET idle_in_transaction_session_timeout = 0")
        keys = [job.pk for job in held]
        frozen.execute("SELECT FROM jobs_job WHERE id = ANY(%s) FOR UPDATE", [keys])
        worker()
        seen()
        rolls_back()
        assert Job.objects.filter(pk__in=keys, started_at=None).count() == len(held)
        frozen.rollback()


def order_elsewhere(number):
    return submit("tests.walk", environment=f"e{number}", actor="user:dora", spec={"steps": ["a"]})


def test_no_session_waits_or_holds_its_locks_for_ever(settings):
    options = settings.DATABASES["default"]["OPTIONS"]
    for limit in ("lock_timeout=3s", "statement_timeout=60s", "idle_in_transaction_session"):
        assert limit in options["options"]
    assert options["tcp_user_timeout"] and options["connect_timeout"] and options["keepalives"]


def test_a_worker_whose_wire_is_cut_ends_and_the_others_go_on(worker, wire):
    stranded = worker(wire)
    worker()
    seen(2)
    wire.cut(also_new=True)
    rolls_back()
    assert stranded.wait(patient(25)) == EXIT_CODE  # its supervisor starts it again


def test_after_a_failover_to_another_server_a_new_worker_starts_at_once(worker, wire):
    """The address leads to the new server; the connections to the old one stay silent."""
    worker(wire)
    seen()
    wire.cut()
    worker(wire)
    rolls_back()


def test_a_tick_that_fails_keeps_no_job_waiting(committed_db, settings, monkeypatch):
    def broken():
        raise RuntimeError("a rule of the database that a tick meets")

    monkeypatch.setattr(schedules, "tick", broken)
    settings.JOB_LEASE_SECONDS, settings.JOB_SWEEP_SECONDS = 10.0, 0.1
    runner = Runner(make_client=FakeCloud)
    runner.start()
    try:
        rolls_back()
    finally:
        runner.stop()
