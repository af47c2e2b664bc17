"""Metric streams in memory, oldest points dropped."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

KEPT_SECONDS = 3 * 3600
KEPT_POINTS = 20_000


@dataclass(frozen=True)
class StreamKey:
    """What makes a stream: the same metric with other dimensions is another stream."""

    compartment: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    group: str = ""

    @classmethod
    def of(cls, compartment: str, namespace: str, name: str, dimensions: Mapping[str, str], group: str = "") -> "StreamKey":
        return cls(compartment, namespace, name, tuple(sorted(dimensions.items())), group)


@dataclass
class Stream:
    """The points of one stream in the order of their arrival."""

    key: StreamKey
    metadata: dict[str, str] = field(default_factory=dict)
    points: deque[tuple[float, float, int]] = field(default_factory=lambda: deque(maxlen=KEPT_POINTS))

    def between(self, start: float, end: float) -> Iterator[tuple[float, float, int]]:
        """Return (moment, value, count) of the points with start < moment <= end."""
        return (point for point in list(self.points) if start < point[0] <= end)


class MetricStore:
    """Safe for threads: the emitter, the API and the alarms use it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: dict[StreamKey, Stream] = {}

    def add(self, key: StreamKey, moment: float, value: float, count: int = 1, metadata: dict[str, str] | None = None) -> None:
        with self._lock:
            stream = self._streams.setdefault(key, Stream(key))
            stream.metadata |= metadata or {}
            stream.points.append((moment, value, count))
            while stream.points[0][0] < moment - KEPT_SECONDS:
                stream.points.popleft()

    def find(
        self, compartments: set[str], namespace: str = "", name: str = "", dimensions: Mapping[str, str] | None = None
    ) -> list[Stream]:
        """Return the streams of some compartments; empty values match everything."""
        wanted = set((dimensions or {}).items())
        with self._lock:
            streams = [stream for stream in self._streams.values() if stream.key.compartment in compartments]
        return [
            stream
            for stream in streams
            if namespace in ("", stream.key.namespace) and name in ("", stream.key.name) and wanted <= set(stream.key.dimensions)
        ]

    def clear(self) -> None:
        with self._lock:
            self._streams.clear()
