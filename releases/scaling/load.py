"""How busy an environment's instances are, from Monitoring: asked at most once a minute, drawn as lines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache

from environments.models import Environment
from portal.cloud.client import CloudClient, client
from portal.lib.clock import now

NAMESPACE = "oci_computecontainerinstance"  # facts/oci.md section 9
METRICS = {"CpuUtilization": "Processor", "MemoryUtilization": "Memory"}
SPAN, GONE = timedelta(hours=1), timedelta(minutes=5)
CACHED_SECONDS = 60  # Monitoring answers 10 queries a second to the whole tenancy
WIDTH, HEIGHT = 600, 120
MOST_LINES = 8


@dataclass(frozen=True)
class Line:
    """One instance in a chart: its points as SVG wants them, its last value in percent."""

    name: str
    points: str
    last: float


@dataclass(frozen=True)
class Chart:
    """One metric of all instances; `top` is the percentage at the upper edge."""

    title: str
    top: int
    lines: list[Line]


def charts(environment: Environment) -> list[dict[str, Any]]:
    """Return the charts as the template takes them; raises CloudError when Monitoring does not answer."""
    key = f"load:{environment.slug}"
    found: list[dict[str, Any]] | None = cache.get(key)
    if found is None:
        found = [
            asdict(one)
            for one in read(client(environment.home_region), environment.ocid("compartment"), now())
        ]
        cache.set(key, found, CACHED_SECONDS)
    return found


def read(cloud: CloudClient, compartment: str, at: datetime) -> list[Chart]:
    """Ask Monitoring for the last hour, a point a minute and instance."""
    made = []
    for metric, title in METRICS.items():
        body = {
            "namespace": NAMESPACE,
            "query": f"{metric}[1m].groupBy(resourceDisplayName).mean()",
            "startTime": (at - SPAN).isoformat(),
            "endTime": at.isoformat(),
        }
        rows = cloud.read("monitoring", "summarize_metrics_data", compartment, body).data
        made.append(draw(title, rows, at))
    return made


def draw(title: str, rows: Sequence[Mapping[str, Any]], at: datetime) -> Chart:
    """Draw the rows of one metric: pure. The scale goes to the next quarter above the highest value; what is gone is left out."""
    named = {
        str(row["dimensions"].get("resourceDisplayName", "all")): row["aggregatedDatapoints"]
        for row in rows
    }
    series = {
        name: points for name, points in named.items() if points and _moment(points[-1]) > at - GONE
    }
    highest = max((point["value"] for points in series.values() for point in points), default=0.0)
    top = max(25, min(100, -25 * (-int(highest + 0.999) // 25)))
    kept = sorted(series, key=lambda name: -series[name][-1]["value"])[:MOST_LINES]
    lines = [
        Line(name, _points(series[name], at, top), round(series[name][-1]["value"], 1))
        for name in kept
    ]
    return Chart(title, top, lines)


def _moment(point: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(point["timestamp"]))


def _points(points: Sequence[Mapping[str, Any]], at: datetime, top: int) -> str:
    begin = at - SPAN
    places = []
    for point in points:
        across = (_moment(point) - begin) / SPAN * WIDTH
        places.append(
            f"{min(max(across, 0), WIDTH):.1f},{HEIGHT - min(point['value'], top) / top * HEIGHT:.1f}"
        )
    return " ".join(places)
