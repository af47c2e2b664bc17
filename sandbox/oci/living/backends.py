"""A backend set at work: probes its servers, lends connections to them."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.oci.living.probe import Probe, check
from sandbox.oci.living.rotation import Backend, Rotation

Address = tuple[str, int]
Resolve = Callable[[str, int], Address | None]  # called on a thread of its own
# shorter than any server's own keep-alive, so that a borrowed connection is not just being closed
IDLE_SECONDS = 10.0
CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class SetConfig:
    """A backend set as configured."""

    policy: str = "ROUND_ROBIN"
    backends: tuple[Backend, ...] = ()
    probe: Probe = field(default_factory=Probe)
    probe_port: int = 0  # 0: the port of the backend
    interval: float = 10.0
    retries: int = 3


@dataclass
class Health:
    """What the probes of one backend said."""

    status: str = "UNKNOWN"
    last: str = "UNKNOWN"
    failures: int = 0
    at: float = 0.0

    def record(self, outcome: str, retries: int) -> None:
        """One success heals; only `retries` failures in a row condemn a backend that was well."""
        self.last, self.at = outcome, time.time()
        self.failures = 0 if outcome == "OK" else self.failures + 1
        if outcome == "OK":
            self.status = "OK"
        elif self.failures >= retries or self.status == "UNKNOWN":
            self.status = "CRITICAL"


@dataclass
class Link:
    """A connection to a backend."""

    backend: Backend
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False
    since: float = field(default_factory=time.monotonic)

    @property
    def fresh(self) -> bool:
        dead = self.reader.at_eof() or self.writer.is_closing()
        return not dead and time.monotonic() - self.since < IDLE_SECONDS


class BackendSet:
    """Lives on the loop's thread; `configure` may be called again at any time and disturbs no
    request under way.
    """

    def __init__(self, resolve: Resolve) -> None:
        self.config = SetConfig()
        self.health: dict[str, Health] = {}
        self.rotation = Rotation()
        self._resolve = resolve
        self._probing: dict[str, asyncio.Task[None]] = {}
        self._idle: dict[str, list[Link]] = {}

    def configure(self, config: SetConfig) -> None:
        changed = self._probed(config) != self._probed(self.config)
        self.config, self.rotation.policy = config, config.policy
        wanted = {backend.name: backend for backend in config.backends}
        for name in [*self._probing]:
            if name not in wanted or changed:
                self._probing.pop(name).cancel()
        self.health = {name: self.health.get(name) or Health() for name in wanted}
        for name, backend in wanted.items():
            if name not in self._probing:
                self._probing[name] = asyncio.get_running_loop().create_task(self._probe(backend))
        for name in [
            name for name in self._idle if name not in wanted or not wanted[name].takes_new
        ]:
            for link in self._idle.pop(name):
                link.writer.close()

    def close(self) -> None:
        self.configure(SetConfig())

    @property
    def unhealthy(self) -> int:
        return sum(health.status == "CRITICAL" for health in self.health.values())

    async def borrow(self, source: str, avoid: set[str]) -> Link | None:
        """Return a connection to the next backend, trying others when one cannot be reached."""
        while True:
            healthy = {
                name for name, health in self.health.items() if health.status == "OK"
            } - avoid
            backend = self.rotation.choose(self.config.backends, healthy, source)
            if backend is None:
                return None
            link = self._kept(backend) or await self._connect(backend)
            if link:
                self.rotation.begin(backend.name)
                return link
            avoid.add(backend.name)

    def give_back(self, link: Link, *, reusable: bool) -> None:
        name = link.backend.name
        self.rotation.end(name)
        current = next((backend for backend in self.config.backends if backend.name == name), None)
        if reusable and current and current.takes_new:
            link.used, link.since = True, time.monotonic()
            self._idle.setdefault(name, []).append(link)
        else:
            link.writer.close()

    def _kept(self, backend: Backend) -> Link | None:
        links = self._idle.get(backend.name, [])
        while links:
            link = links.pop()
            if link.fresh:
                return link
            link.writer.close()
        return None

    async def _connect(self, backend: Backend) -> Link | None:
        address = await asyncio.to_thread(self._resolve, backend.ip, backend.port)
        if address is None:
            return None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return Link(backend, *await asyncio.open_connection(*address))
        except OSError:  # TimeoutError included
            return None

    async def _probe(self, backend: Backend) -> None:
        config = self.config
        while True:
            port = config.probe_port or backend.port
            address = await asyncio.to_thread(self._resolve, backend.ip, port)
            outcome = await check(config.probe, address)
            self.health[backend.name].record(outcome, config.retries)
            await asyncio.sleep(config.interval)

    def _probed(self, config: SetConfig) -> tuple[Probe, int, float, int]:
        return config.probe, config.probe_port, config.interval, config.retries
