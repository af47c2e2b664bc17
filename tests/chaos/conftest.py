"""Fixtures: the small cloud, workers to be killed."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest
from django.db import connections

from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from tests.chaos import settings as chaos_settings
from tests.chaos.double import Cloud
from tests.patience import until

LEASE = 1.0
SWEEP = 0.05


def database_url() -> str:
    """Return the address of the test database for another process."""
    return (
        os.environ["DATABASE_URL"].rpartition("/")[0]
        + "/"
        + connections["default"].settings_dict["NAME"]
    )


class Workers:
    """Worker processes, borne by a nursery."""

    def __init__(self, url: str, **more: str) -> None:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
            "DATABASE_URL": database_url(),
            "JOB_SWEEP_SECONDS": str(SWEEP),
            "JOB_CRASH_DELAYS": "0.2,0.2,0.2,0.2",
            "LOG_LEVEL": "CRITICAL",
            **more,
        }
        command = [sys.executable, "-W", "ignore", "-m", "tests.chaos.nursery", url]
        self.nursery = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.pids: list[int] = []

    def start(self, orders: str = "", *, lease: float = 10.0) -> int:
        """Bear a worker with a fault; return its process id. A short lease is for those that
        are to lose it.
        """
        self.nursery.stdin.write(f"{lease} {orders}\n")
        self.pids.append(int(self.nursery.stdout.readline()))
        return self.pids[-1]

    def signal(self, pid: int, number: int) -> None:
        """Send a signal to a worker that may be gone."""
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    def clear(self) -> None:
        """Kill every worker and wait until it is gone."""
        for pid in self.pids:
            self.signal(pid, signal.SIGKILL)
        for pid in self.pids:
            until(lambda pid=pid: not alive(pid))
        self.pids = []

    def close(self) -> None:
        """End the nursery with all its workers."""
        self.clear()
        self.nursery.kill()
        self.nursery.communicate()


def alive(pid: int) -> bool:
    """Say whether a process runs (a stopped one does)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def at_rest(job: Job, seconds: float = 20.0) -> Job:
    """Return the job when it moves no more."""

    def rests() -> bool:
        job.refresh_from_db()
        return job.over or job.state == "needs_operator"

    until(rests, seconds)
    return job


@pytest.fixture
def build(committed_db, settings):
    """Return how to order a job on the small cloud."""
    settings.JOB_KINDS = chaos_settings.JOB_KINDS
    return lambda environment="dev", kind="chaos.build": submit(
        kind, environment=environment, actor="user:dora"
    )


@pytest.fixture(scope="module")
def _cloud(django_db_setup):
    where = connections["default"].settings_dict
    cloud = Cloud(
        f"host={where['HOST']} user=postgres dbname={where['NAME']}"
    )  # a witness whom no test cuts off
    yield cloud
    cloud.close()


@pytest.fixture
def cloud(_cloud):
    """Return the small cloud, empty."""
    _cloud.things, _cloud.tokens, _cloud.unannounced, _cloud.requests = [], {}, [], []
    _cloud.seconds, _cloud.faults = 0.0, []
    return _cloud


@pytest.fixture(scope="module")
def _workers(_cloud):
    workers = Workers(_cloud.url)
    yield workers
    workers.close()


@pytest.fixture
def workers(_workers, committed_db):
    """Return the nursery; its workers are gone before the database is wiped."""
    yield _workers
    _workers.clear()
