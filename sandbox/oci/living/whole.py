"""Everything that lives in one simulator, from its start to its stop."""

import tempfile
import threading
import weakref
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.oci.engine import Engine
from sandbox.oci.living.alarms import StreamState
from sandbox.oci.living.answers import Dimensions
from sandbox.oci.living.balancer import Balancer
from sandbox.oci.living.containers import Containers
from sandbox.oci.living.database_gate import Gate
from sandbox.oci.living.databases import Databases
from sandbox.oci.living.loop import Loop
from sandbox.oci.living.metrics import MetricStore

# what a minute of metrics, alarms and redelivery lasts at least, however small the time scale
FASTEST_MINUTE = 1.0


@dataclass
class Whole:
    """The event loop with what runs on it; `addresses` maps (VCN, private address) to the
    instance's containers.
    """

    folder: Path
    loop: Loop = field(default_factory=Loop)
    containers: Containers = field(default_factory=Containers)
    balancers: dict[str, Balancer] = field(default_factory=dict)
    databases: Databases | None = None  # None: no server was given
    gate: Gate | None = None
    metrics: MetricStore = field(default_factory=MetricStore)
    addresses: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    wanted: set[str] = field(
        default_factory=set
    )  # containers that may run; one deleted while it starts is not
    alarms: dict[str, dict[Dimensions, StreamState]] = field(default_factory=dict)
    post: deque[dict[str, str]] = field(
        default_factory=lambda: deque(maxlen=200)
    )  # how the latest deliveries went

    def resolve(self, vcn: str, ip: str, port: int) -> tuple[str, int] | None:
        """Return where a private address really listens; a loopback address is itself."""
        if ip.startswith("127."):
            return ip, port
        for key in self.addresses.get((vcn, ip), []):
            container = self.containers.get(key)
            if container and container.spec.port == port and container.address:
                return container.address
        return None

    async def close(self) -> None:
        for balancer in self.balancers.values():
            await balancer.close()
        if self.gate:
            await self.gate.close()
        await self.containers.close()


_wholes: "weakref.WeakKeyDictionary[Engine, Whole]" = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def of(engine: Engine) -> Whole:
    """Return what lives in this simulator, beginning it on first use."""
    with _lock:
        if engine not in _wholes:
            _wholes[engine] = Whole(_folder(engine))
        return _wholes[engine]


def close(engine: Engine) -> None:
    """End it; every service with a part in it asks for this, the first one is heard."""
    with _lock:
        whole = _wholes.pop(engine, None)
    if whole:
        whole.loop.run(whole.close())
        whole.loop.stop()


def minute(engine: Engine) -> float:
    """Return how many real seconds a minute of monitoring lasts."""
    return max(FASTEST_MINUTE, engine.clock.scaled(60))


def _folder(engine: Engine) -> Path:
    if engine.file:
        return engine.file.resolve().with_suffix(".containers")
    return Path(tempfile.mkdtemp(prefix="oci-containers-"))
