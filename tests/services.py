"""Starts what every test needs before Django reads its settings: a real PostgreSQL, once per run,
and the run's guard.

Loaded by `-p tests.services`. With xdist, the controller starts them and the workers inherit the
environment.
"""

import atexit
import base64
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from sandbox.postgres import OWNER, RUNTIME, Postgres
from tests import guard
from tests.patience import until

FOLDER = "PORTAL_TEST_SERVICES"
SERVER = "PORTAL_TEST_POSTGRES"  # a superuser of the server, for the OCI simulator's databases


class Services:
    """What the controller of a run has started."""

    def __init__(self) -> None:
        # pytest keeps the files of the last runs; all others go with the run
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
        self.folder = Path(tempfile.mkdtemp(prefix="portal-test-")).resolve()
        os.environ[FOLDER] = os.environ["TMPDIR"] = tempfile.tempdir = str(self.folder)
        self.guard = guard.watch(self.folder)
        self.postgres = Postgres(self.folder / "pg", durable=False)
        self.left: list[str] = []
        atexit.register(self.stop)

    def start(self) -> None:
        """Start PostgreSQL, and tell Django of it."""
        began = time.monotonic()
        self.postgres.start()
        os.environ.update(_settings(self.postgres))
        print(f"PostgreSQL started in {time.monotonic() - began:.1f} s", flush=True)

    def strangers(self) -> list[psutil.Process]:
        """Return the processes of the run that no test should have left."""
        server = psutil.Process(self.postgres.process.pid)
        ours = {
            self.guard.pid,
            server.pid,
            *(child.pid for child in server.children(recursive=True)),
        }
        return [process for process in guard.members(self.folder) if process.pid not in ours]

    def stop(self) -> None:
        """Stop what was started; the guard ends what else there is, and removes the folder."""
        self.postgres.stop()
        self.guard.communicate()


def _settings(postgres: Postgres) -> dict[str, str]:
    return {
        "DATABASE_URL": postgres.url(RUNTIME),
        "DATABASE_OWNER_URL": postgres.url(OWNER),
        SERVER: postgres.dsn(),
        "DATABASE_POOL": "0",
        "REDIS_URL": (
            "redis://127.0.0.1:1/0"
        ),  # nothing listens: a test of the doorbell starts its own Valkey
        "NO_PROXY": (
            "127.0.0.1,localhost"
        ),  # else `requests` looks through the whole environment before each call
        "SECRET_KEY": "test-only-key-of-no-value-" + "x" * 40,
        "AUDIT_SIGNING_KEY": base64.b64encode(bytes(range(32))).decode(),
        "WEBHOOK_PASSWORD": "test-webhook-password",
        "JOB_LEASE_SECONDS": "2",
        "JOB_SETTLE_SECONDS": "0",
        "WORKER_STEADY_SECONDS": "0",
        "IDENTITY_WRITE_SECONDS": (
            "60"
        ),  # a test's sign-in counts as fresh without asking a provider
        "LOG_LEVEL": "WARNING",
    }


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that leaves processes behind: the guard ends them, but some fixture did not."""
    if services:
        with suppress(AssertionError):
            until(lambda: not services.strangers(), 1.0)
        services.left = [" ".join(process.cmdline()) for process in services.strangers()]
        session.exitstatus = session.exitstatus or int(bool(services.left))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the processes that were left."""
    if services and services.left:
        terminalreporter.section("left running by the tests, now ended")
        terminalreporter.write_line("\n".join(services.left))


services = Services() if FOLDER not in os.environ else None
if services:
    services.start()
