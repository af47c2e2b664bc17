"""What every measurement with a database stands on: one of our own, thrown away at the end."""

import atexit
import os
import tempfile
from pathlib import Path


def database(**settings: str) -> Path:
    """Start PostgreSQL and point the portal's settings at it, with more settings as they are named; return a folder."""
    from portal.sandbox.postgres import OWNER, RUNTIME, Postgres

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
