"""One part of the sandbox: a process with its own log, its own session, a question that tells when
it is ready.
"""

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sandbox.leftovers import mark, note
from sandbox.place import Place
from sandbox.postgres import Postgres

_PATIENCE_SECONDS = 10.0


class Part(Protocol):
    """What the supervisor asks of a part."""

    name: str

    @property
    def address(self) -> str:
        """Say where it answers."""

    @property
    def log(self) -> Path:
        """Say where it writes."""

    def start(self) -> None:
        """Start it; `ready` tells when it serves."""

    def ready(self) -> bool:
        """Say whether it serves."""

    def ended(self) -> int | None:
        """Return its exit code, None while it runs."""

    def ask_to_stop(self) -> None:
        """Ask it to stop, without waiting."""

    def stop(self) -> None:
        """Wait for its end, and force it when it takes too long."""


@dataclass
class Program:
    """A part that is a command line."""

    name: str
    address: str
    place: Place
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[], bool]
    cwd: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """Return the log of this run; the one before it is kept as <part>.log.1."""
        return self.place.log(self.name)

    def start(self) -> None:
        """Start the command in a session of its own, so that a Ctrl-C reaches the supervisor
        alone.
        """
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                list(self.command),
                env={**self.environment, **mark(self.place.folder, self.name)},
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        note(self.place.folder, self.name, self.process.pid)

    def ended(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self.process.poll() if self.process else 0

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        """Wait, then kill the whole session."""
        self.ask_to_stop()
        if self.process:
            try:
                self.process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


@dataclass
class Database:
    """PostgreSQL as a part."""

    server: Postgres
    name: str = "postgres"

    @property
    def address(self) -> str:
        """Return the socket's folder."""
        return str(self.server.socket_folder)

    @property
    def log(self) -> Path:
        """Return PostgreSQL's own log."""
        return self.server.folder / "postgres.log"

    def start(self) -> None:
        """Start the server; this returns when it answers."""
        self.server.start()

    def ready(self) -> bool:
        """Say yes: `start` has waited for it."""
        return True

    def ended(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self.server.process.poll() if self.server.process else 0

    def ask_to_stop(self) -> None:
        """Do nothing: `stop` is quick, and it goes last."""

    def stop(self) -> None:
        """Stop the server, letting it write its checkpoint."""
        self.server.stop()


_straight = urllib.request.build_opener(
    urllib.request.ProxyHandler({})
)  # a proxy does not know our loopback addresses


def answers_http(url: str) -> bool:
    """Say whether something below 500 comes back from a loopback address."""
    try:
        with _straight.open(url, timeout=2) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, ValueError):
        return False
