"""The real Celery worker: with no broker at all, and with a doorbell that is quicker than the
sweep.
"""

import os
import signal
import socket
import subprocess
import sys

import pytest

from portal.celery import app
from portal.jobs import doorbell
from portal.jobs.models import Worker
from portal.jobs.models import job as model
from sandbox import valkey
from tests.chaos.conftest import at_rest, database_url
from tests.patience import patient, until

WORKER = [
    sys.executable,
    "-W",
    "ignore",
    "-m",
    "celery",
    "-A",
    "portal",
    "worker",
    "--pool",
    "threads",
    "--concurrency",
    "2",
]
WORKER += ["--loglevel", "ERROR", "--without-gossip", "--without-mingle"]


@pytest.fixture
def celery_worker(committed_db):
    """Return how to start a worker; it is gone before the database is wiped."""
    started = []

    def start(**environment: str) -> subprocess.Popen:
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "DATABASE_URL": database_url(),
            "LOG_LEVEL": "CRITICAL",
        }
        started.append(
            subprocess.Popen(
                WORKER, env={**os.environ, **own, **environment}, stderr=subprocess.DEVNULL
            )
        )
        until(Worker.objects.exists, 60)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def broker(tmp_path):
    """Start a real Valkey; return its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(valkey.command(tmp_path / "valkey", port), stdout=subprocess.DEVNULL)
    until(lambda: valkey.answers(port))
    yield f"redis://127.0.0.1:{port}/0"
    server.kill()
    server.wait()


def test_it_runs_jobs_while_there_has_never_been_a_broker_and_says_goodbye(celery_worker, build):
    worker = celery_worker(JOB_SWEEP_SECONDS="0.1")
    assert at_rest(build(kind="chaos.talk")).state == "succeeded"
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(patient(30)) == 0
    assert not Worker.objects.exists()


def test_the_doorbell_wakes_it_long_before_the_sweep(celery_worker, build, broker, monkeypatch):
    celery_worker(JOB_SWEEP_SECONDS="3600", REDIS_URL=broker)
    monkeypatch.setitem(app.conf, "broker_url", broker)
    monkeypatch.setattr(
        model, "doorbell", doorbell.Doorbell(doorbell._by_celery)
    )  # one that does not rest after a failure
    assert at_rest(build(kind="chaos.talk"), 10).state == "succeeded"
    assert Worker.objects.get().rung_at
