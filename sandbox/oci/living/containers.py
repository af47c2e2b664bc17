"""Containers as child processes: start, restart policy, health checks, logs, end."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.oci.living.probe import Probe, check

SOURCE = Path(__file__).resolve().parents[3]
LOG_SHOWN = 256 * 1024
LOG_KEPT = 4 * 1024 * 1024
POLL = 0.05
QUICK_DEATHS = 5  # a container that ends this often before it has lived for a minute is given up
LIVED = 60.0
LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Check:
    """A health check as configured, its times in real seconds."""

    name: str
    probe: Probe
    port: int
    delay: float = 0.0
    interval: float = 10.0
    failures: int = 3
    successes: int = 1
    kills: bool = True


@dataclass(frozen=True)
class Spec:
    """A container as configured; `program` are arguments of this Python."""

    key: str
    program: tuple[str, ...]
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    restarts: str = "ALWAYS"
    port: int = 0  # the port inside the container, 0 when it listens on none
    checks: tuple[Check, ...] = ()
    grace: float = 10.0
    pause: float = 1.0  # before the first restart; doubles


@dataclass
class Container:
    """One container with its processes, one after the other."""

    spec: Spec
    on_end: Callable[["Container"], None]  # called on a thread of its own when it ends for good
    process: subprocess.Popen[bytes] | None = None
    exit_code: int | None = None
    ended_at: float = 0.0
    restarts: int = 0
    finished: bool = False  # it ended by itself, for good
    gave_up: bool = False
    health: dict[str, str] = field(default_factory=dict)
    _address: tuple[str, int] | None = None
    _life: asyncio.Task[None] | None = None
    _stopping: bool = False

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def address(self) -> tuple[str, int] | None:
        """Return where the container's port really is."""
        return self._address if self.running else None

    def start(self) -> None:
        self._stopping, self.finished, self.gave_up, self.exit_code = False, False, False, None
        self._life = asyncio.get_running_loop().create_task(self._live())

    async def stop(self) -> None:
        """Ask to end, insist after the grace time."""
        self._stopping = True
        if self.process and self.running:
            self.process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + self.spec.grace
            while self.running and time.monotonic() < deadline:
                await asyncio.sleep(POLL / 2)
            await self.kill()
        if self._life:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        self._note_end()

    async def kill(self) -> None:
        while self.process and self.running:
            self.process.kill()
            await asyncio.sleep(POLL / 5)

    def log(self, *, previous: bool = False) -> bytes:
        """Return the last 256 KB of what the container wrote."""
        try:
            content = (
                self.spec.folder / ("previous.log" if previous else "container.log")
            ).read_bytes()
        except FileNotFoundError:
            return b""
        return content[-LOG_SHOWN:]

    async def _live(self) -> None:
        while True:
            started = time.monotonic()
            self._spawn()
            checks = [asyncio.create_task(self._watch(check)) for check in self.spec.checks]
            try:
                while self.running:
                    await asyncio.sleep(POLL)
                    self._trim_log()
            finally:
                for task in checks:
                    task.cancel()
            self._note_end()
            if self._stopping or not self._restarts_after(time.monotonic() - started):
                break
            await asyncio.sleep(min(self.spec.pause * 2**self.restarts, LONGEST_PAUSE))
            self.restarts += 1
        self.finished = not self._stopping
        if self.finished:
            await asyncio.to_thread(self.on_end, self)

    def _restarts_after(self, lived: float) -> bool:
        if self.spec.restarts == "NEVER" or (
            self.spec.restarts == "ON_FAILURE" and self.exit_code == 0
        ):
            return False
        self.gave_up = self.restarts >= QUICK_DEATHS and lived < LIVED
        return not self.gave_up

    def _spawn(self) -> None:
        folder = self.spec.folder
        folder.mkdir(parents=True, exist_ok=True)
        current = folder / "container.log"
        if current.exists():
            current.replace(folder / "previous.log")
        self.health = {check.name: "UNKNOWN" for check in self.spec.checks}
        with contextlib.ExitStack() as stack:
            log = stack.enter_context(current.open("ab"))
            listener = (
                stack.enter_context(socket.create_server(("127.0.0.1", 0)))
                if self.spec.port
                else None
            )
            handed = ["--fd", str(listener.fileno())] if listener else []
            self.process = subprocess.Popen(
                [sys.executable, *self.spec.program, *handed, "--lifeline"],
                env={
                    "PATH": "/usr/bin:/bin",
                    "PYTHONPATH": str(SOURCE),
                    "PYTHONUNBUFFERED": "1",
                    **self.spec.env,
                },
                # its end closes with this process, however that one ends; the child then leaves too
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()] if listener else [],
                cwd=folder,
            )
            self._address = listener.getsockname() if listener else None

    def _note_end(self) -> None:
        if self.process and (code := self.process.poll()) is not None:
            if self.process.stdin:
                self.process.stdin.close()
            self.exit_code = (
                code if code >= 0 else 128 - code
            )  # -9 is how Python says SIGKILL, 137 is how a shell does
            self.ended_at = time.time()
            self.process = None

    async def _watch(self, wanted: Check) -> None:
        good = bad = 0
        await asyncio.sleep(wanted.delay)
        while True:
            outcome = await check(
                wanted.probe, self.address if wanted.port == self.spec.port else None
            )
            good, bad = (good + 1, 0) if outcome == "OK" else (0, bad + 1)
            if good >= wanted.successes:
                self.health[wanted.name] = "HEALTHY"
            elif bad >= wanted.failures:
                self.health[wanted.name] = "UNHEALTHY"
                if wanted.kills and self.process:
                    self.process.kill()
            await asyncio.sleep(wanted.interval)

    def _trim_log(self) -> None:
        """Cut a log that grew large; who reads it sees its end alone anyway."""
        file = self.spec.folder / "container.log"
        if file.stat().st_size > LOG_KEPT:
            tail = self.log()
            with file.open("r+b") as log:
                log.truncate(0)
                log.write(tail)


class Containers:
    """All containers of the simulator, by key; every coroutine runs on the loop's thread."""

    def __init__(self) -> None:
        self._all: dict[str, Container] = {}

    def get(self, key: str) -> Container | None:
        return self._all.get(key)

    async def start(self, spec: Spec, on_end: Callable[[Container], None]) -> Container:
        """Start a container; one that is known keeps its restart count and gets the new
        configuration.
        """
        container = self._all.setdefault(spec.key, Container(spec, on_end))
        container.spec = spec
        if not container.running:
            container.start()
        return container

    async def stop(self, key: str) -> Container | None:
        container = self._all.get(key)
        if container:
            await container.stop()
        return container

    async def remove(self, key: str) -> None:
        await self.stop(key)
        self._all.pop(key, None)

    async def close(self) -> None:
        """End all at once, without grace: the simulator itself ends or restarts."""
        containers, self._all = [*self._all.values()], {}
        for container in containers:
            if container.process:
                container.process.kill()
        await asyncio.gather(*(container.stop() for container in containers))
