"""What every measurement with a database stands on: one of our own, thrown away at the end."""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def database(**settings: str) -> Path:
    """Start PostgreSQL and point the portal's settings at it, with more settings as they are
    named; return a folder.
    """
    from sandbox.postgres import OWNER, RUNTIME, Postgres

    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    postgres = Postgres(folder / "pg")
    postgres.start()
    atexit.register(postgres.stop)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.update(
        {
            "DATABASE_URL": postgres.url(RUNTIME),
            "DATABASE_OWNER_URL": postgres.url(OWNER),
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEY": "bench",
            "LOG_LEVEL": "ERROR",
            **settings,
        }
    )
    return folder


def broker(folder: Path) -> str:
    """Start a broker of our own; return its address."""
    from sandbox import valkey

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(valkey.command(folder / "valkey", port), stdout=subprocess.DEVNULL)
    atexit.register(process.kill)
    while not valkey.answers(port):
        time.sleep(0.05)
    return f"redis://127.0.0.1:{port}/0"


def worker() -> subprocess.Popen[bytes]:
    """Start a worker as a server runs it; it is stopped at the end at the latest."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "portal",
        "--quiet",
        "worker",
        "--pool",
        "threads",
        "-l",
        "ERROR",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    atexit.register(process.kill)
    return process
