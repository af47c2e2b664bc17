"""Where a sandbox keeps its files, which ports it takes."""

import errno
import fcntl
import hashlib
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from sandbox.trouble import Trouble

_LONGEST_SOCKET_FOLDER = (
    90  # a Unix socket's whole path may take 107 bytes; PostgreSQL adds /.s.PGSQL.5432
)
_SMALLEST_FREE_BYTES = 200_000_000
LISTENERS = {11: "dev", 12: "stage", 13: "prod"}
_SERVERS = {
    0: "web",
    1: "identity provider",
    2: "OCI simulator",
    3: "OCI simulator's control",
    4: "Valkey",
}
_OFFSETS = {
    **_SERVERS,
    **{offset: f"load balancer of {slug}" for offset, slug in LISTENERS.items()},
}


@dataclass(frozen=True)
class Place:
    """One sandbox: its folder, its first port, how long a simulated second takes."""

    folder: Path
    port: int
    time_scale: float = 1.0

    def log(self, part: str) -> Path:
        """Return the log file of a part."""
        return self.folder / "log" / f"{part}.log"

    def at(self, offset: int) -> str:
        """Return the loopback address of one of its ports."""
        return f"127.0.0.1:{self.port + offset}"

    @property
    def env_file(self) -> Path:
        """Return the file that holds the environment of the running sandbox."""
        return self.folder / "env"

    @property
    def socket_folder(self) -> Path:
        """Return where PostgreSQL's socket goes: beside its data, or a short private folder when
        that path is too long.
        """
        inside = self.folder / "postgres"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
            return inside
        return (
            Path(tempfile.gettempdir())
            / f"portal-{hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]}"
        )

    def prepare(self) -> None:
        """Make the folders, and refuse a place where the sandbox could not live."""
        if self.folder.exists() and not self.folder.is_dir():
            raise Trouble(f"{self.folder} is a file; move it away, then run again.")
        self.folder.mkdir(
            mode=0o755, exist_ok=True
        )  # PostgreSQL runs as a user of its own when root starts it
        owner = self.folder.stat().st_uid
        if owner != os.geteuid():
            raise Trouble(
                f"{self.folder} belongs to another user (uid {owner}). `make reset` moves it aside;"
                " then run again."
            )
        (self.folder / "log").mkdir(mode=0o700, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < _SMALLEST_FREE_BYTES:
            raise Trouble(
                f"The disk is full: {free // 1_000_000} MB free at {self.folder}; make room, then"
                " run again."
            )

    def lock(self) -> TextIO:
        """Hold the folder for this process alone; the lock goes when the process does, however it
        ends.
        """
        held = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held.seek(0)
            who = held.read().strip()
            held.close()
            raise Trouble(
                f"A sandbox runs in {self.folder} already ({who}); stop it first (Ctrl-C there)."
            ) from error
        held.truncate(0)
        held.write(f"process {os.getpid()}, port {self.port}")
        held.flush()
        return held

    def check_ports(self) -> None:
        """Refuse to start on a port that somebody else holds."""
        for offset, name in _OFFSETS.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self.port + offset))
                except (OSError, OverflowError) as error:
                    raise Trouble(self._port_words(self.port + offset, name, error)) from error

    def _port_words(self, port: int, name: str, error: Exception) -> str:
        why = (
            "is taken"
            if getattr(error, "errno", 0) == errno.EADDRINUSE
            else f"cannot be used ({error})"
        )
        return (
            f"Port {port} ({name}) {why}. Choose another first port: make run"
            f" PORT={8123 if self.port != 8123 else 8223}"
        )

    def put_aside(self) -> Path:
        """Rename the folder out of the way and return its new name."""
        aside = self.folder.with_name(
            f"{self.folder.name}.broken-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
        )
        self.folder.rename(aside)
        return aside
