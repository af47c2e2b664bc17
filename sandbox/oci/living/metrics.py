"""Metric streams in memory, oldest points dropped."""

import threading
from bisect import bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT_SECONDS = 3 * 3600
KEPT_POINTS = 20_000

Point = tuple[float, float, int]  # moment, value, how often


@dataclass(frozen=True)
class StreamKey:
    """What makes a stream: the same metric with other dimensions is another stream."""

    compartment: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    group: str = ""

    @classmethod
    def of(
        cls,
        compartment: str,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        group: str = "",
    ) -> "StreamKey":
        return cls(compartment, namespace, name, tuple(sorted(dimensions.items())), group)


@dataclass
class Stream:
    """The points of one stream in the order of time."""

    key: StreamKey
    metadata: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)

    def add(self, point: Point) -> None:
        insort(self.points, point)
        old = bisect_right(self.points, (self.points[-1][0] - KEPT_SECONDS,))
        if old > 100 or len(self.points) > KEPT_POINTS:  # in batches: each cut copies the list
            del self.points[: max(old, len(self.points) - KEPT_POINTS)]

    def between(self, start: float, end: float) -> list[Point]:
        """Return the points with start < moment <= end."""
        points = self.points
        return points[
            bisect_right(points, (start, float("inf"))) : bisect_right(points, (end, float("inf")))
        ]


class MetricStore:
    """Safe for threads: the emitter, the API and the alarms use it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: dict[StreamKey, Stream] = {}

    def add(
        self,
        key: StreamKey,
        moment: float,
        value: float,
        count: int = 1,
        metadata: dict[str, str] | None = None,
    ) -> None:
        with self._lock:
            stream = self._streams.setdefault(key, Stream(key))
            stream.metadata |= metadata or {}
            stream.add((moment, value, count))

    def find(
        self, compartments: frozenset[str], namespace: str = "", name: str = ""
    ) -> list[Stream]:
        """Return the streams of some compartments; empty values match everything."""
        with self._lock:
            streams = [
                stream
                for stream in self._streams.values()
                if stream.key.compartment in compartments
            ]
        return [
            stream
            for stream in streams
            if namespace in ("", stream.key.namespace) and name in ("", stream.key.name)
        ]
