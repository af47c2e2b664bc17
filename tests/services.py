"""Starts what every test needs before Django reads its settings: a real PostgreSQL and a real Valkey, once per run.

Loaded by `-p tests.services`. With xdist, the controller starts them and the workers inherit the environment.
"""

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

from sandbox.postgres import OWNER, RUNTIME, Postgres


def start() -> None:
    """Start the services unless the environment already names them."""
    if "PORTAL_TEST_SERVICES" in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    postgres = Postgres(folder / "pg", durable=False)
    postgres.start()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(postgres.stop)
    os.environ.update(
        {
            "PORTAL_TEST_SERVICES": str(folder),
            "DATABASE_URL": postgres.url(RUNTIME),
            "DATABASE_OWNER_URL": postgres.url(OWNER),
            "DATABASE_POOL": "0",
            "REDIS_URL": "redis://127.0.0.1:1/0",  # nothing listens: a test that needs the doorbell starts its own Valkey
            "SECRET_KEY": "test-only-key-of-no-value-" + "x" * 40,
            "AUDIT_SIGNING_KEY": base64.b64encode(bytes(range(32))).decode(),
            "WEBHOOK_PASSWORD": "test-webhook-password",
            "JOB_LEASE_SECONDS": "2",
            "JOB_SETTLE_SECONDS": "0",
            "IDENTITY_WRITE_SECONDS": "60",  # a test's sign-in counts as fresh without asking a provider
            "LOG_LEVEL": "WARNING",
        }
    )


start()
