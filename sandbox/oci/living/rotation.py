"""Which backend gets the next request."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Backend:
    """A server of a backend set, as configured."""

    ip: str
    port: int
    weight: int = 1
    backup: bool = False
    drain: bool = False
    offline: bool = False

    @property
    def name(self) -> str:
        return f"{self.ip}:{self.port}"

    @property
    def takes_new(self) -> bool:
        return not self.drain and not self.offline


@dataclass
class Rotation:
    """Smooth weighted round robin, least connections or source hash, over the backends that may be
    asked.
    """

    policy: str = "ROUND_ROBIN"
    active: dict[str, int] = field(default_factory=dict)
    _credit: dict[str, int] = field(default_factory=dict)

    def choose(
        self, backends: Collection[Backend], healthy: Collection[str], source: str = ""
    ) -> Backend | None:
        """Return the next backend; backups serve only when no other can."""
        able = [backend for backend in backends if backend.takes_new and backend.name in healthy]
        able = [backend for backend in able if not backend.backup] or able
        if not able:
            return None
        if self.policy == "IP_HASH":
            return able[zlib.crc32(source.encode()) % len(able)]
        if self.policy == "LEAST_CONNECTIONS":
            return min(
                able,
                key=lambda backend: (
                    self.active.get(backend.name, 0) / backend.weight,
                    backend.name,
                ),
            )
        return self._turn(able)

    def begin(self, name: str) -> None:
        self.active[name] = self.active.get(name, 0) + 1

    def end(self, name: str) -> None:
        self.active[name] = self.active.get(name, 0) - 1

    def _turn(self, able: list[Backend]) -> Backend:
        """Give each its weight in credit, take the richest, who pays the total: turns interleave
        instead of coming in runs.
        """
        for backend in able:
            self._credit[backend.name] = self._credit.get(backend.name, 0) + backend.weight
        chosen = max(able, key=lambda backend: self._credit[backend.name])
        self._credit[chosen.name] -= sum(backend.weight for backend in able)
        return chosen
