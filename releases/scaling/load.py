"""How busy an environment's instances are, from Monitoring: asked at most once a minute,
drawn as lines.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache

from environments.models import Environment
from portal.cloud.client import CloudClient, client
from portal.lib.chart import PALETTE, Chart, Series, line
from portal.lib.clock import now

NAMESPACE = "oci_computecontainerinstance"  # facts/oci.md section 9
METRICS = {"CpuUtilization": "Processor", "MemoryUtilization": "Memory"}
SPAN, GONE = timedelta(hours=1), timedelta(minutes=5)
CACHED_SECONDS = 60  # Monitoring answers 10 queries a second to the whole tenancy
MOST_LINES = 8


@dataclass(frozen=True)
class Load:
    """One metric of all instances: its chart, and the last value of each in percent."""

    title: str
    chart: Chart | None
    last: list[tuple[str, float]]


def charts(environment: Environment) -> list[dict[str, Any]]:
    """Return what the template shows; raises CloudError when Monitoring does not answer."""
    key = f"load:{environment.slug}"
    found: list[dict[str, Any]] | None = cache.get(key)
    if found is None:
        loads = read(client(environment.home_region), environment.ocid("compartment"), now())
        found = [cached(load) for load in loads]
        cache.set(key, found, CACHED_SECONDS)
    return found


def read(cloud: CloudClient, compartment: str, at: datetime) -> list[Load]:
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


def draw(title: str, rows: Sequence[Mapping[str, Any]], at: datetime) -> Load:
    """Draw the rows of one metric, the busiest instances first, without those that are gone:
    pure.
    """
    named = {
        str(row["dimensions"].get("resourceDisplayName", "all")): {
            _moment(point): round(point["value"], 1) for point in row["aggregatedDatapoints"]
        }
        for row in rows
    }
    there = {name: points for name, points in named.items() if points and max(points) > at - GONE}
    last = {name: points[max(points)] for name, points in there.items()}
    busiest = sorted(last, key=lambda name: -last[name])[:MOST_LINES]
    chart = _chart(title, {name: there[name] for name in busiest}) if busiest else None
    return Load(title, chart, [(name, last[name]) for name in busiest])


def _chart(title: str, named: Mapping[str, Mapping[datetime, float]]) -> Chart:
    minutes = sorted({minute for points in named.values() for minute in points})
    series = []
    for number, (name, points) in enumerate(named.items()):
        dots = 2 if len(points) < 3 else 0  # a line needs two points to be seen
        style = line(PALETTE[number], borderDash=[6, 3] if number % 2 else [], pointRadius=dots)
        series.append(Series(name, [points.get(minute) for minute in minutes], style))
    return Chart(
        "line",
        [f"{minute:%H:%M}" for minute in minutes],
        series,
        "percent",
        f"{title}: percent of what each instance has, times in UTC",
        step=25,
        top=_top(max(value for points in named.values() for value in points.values())),
    )


def _top(highest: float) -> int:
    """Return the next quarter above the highest value."""
    return max(25, min(100, 25 * math.ceil(highest / 25)))


def cached(load: Load) -> dict[str, Any]:
    """Return a load as plain values: what the template reads."""
    chart = load.chart
    drawn = chart and {name: getattr(chart, name) for name in ("kind", "data", "options", "words")}
    return {"title": load.title, "chart": drawn, "last": load.last}


def _moment(point: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(point["timestamp"]))
