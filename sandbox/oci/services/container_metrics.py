"""Metrics of container instances, measured from the processes that stand for their containers."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.living.metrics import StreamKey
from sandbox.oci.store import Record

NAMESPACE = "oci_computecontainerinstance"
INSTANCE, CONTAINER = "container_instances.ContainerInstance", "container_instances.Container"
LONGEST_PAUSE, LOOK_SECONDS = 15.0, 0.5
TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
GB = 1024**3


def start(engine: Engine) -> None:
    """Measure every quarter of a minute of monitoring, for ever."""
    last, seen = [time.monotonic()], dict[str, tuple[float, float]]()

    def measure_when_due(engine: Engine) -> None:
        if time.monotonic() - last[0] >= min(LONGEST_PAUSE, whole.minute(engine) / 4):
            last[0] = time.monotonic()
            measure(engine, seen)

    engine.every(LOOK_SECONDS, measure_when_due, "oci-container-metrics")


def measure(engine: Engine, seen: dict[str, tuple[float, float]]) -> None:
    """Add one point per instance and metric; `seen` keeps each process's time on the processor
    between two looks.
    """
    for instance in engine.store.living(INSTANCE):
        if instance.body["lifecycleState"] != "ACTIVE":
            continue
        spent, memory = 0.0, 0
        for item in instance.body["containers"]:
            used = _used(engine, item["containerId"])
            spent, memory = spent + used[0], memory + used[1]
        now = time.monotonic()
        before, then = seen.get(instance.id, (spent, now))
        seen[instance.id] = (spent, now)
        _tell(
            engine, instance, max(0.0, spent - before) / (now - then) if now > then else 0.0, memory
        )


def _tell(engine: Engine, instance: Record, cores: float, memory: int) -> None:
    shape = instance.body["shapeConfig"]
    dimensions = {
        "resourceId": instance.id,
        "resourceDisplayName": instance.body["displayName"],
        "availabilityDomain": instance.body["availabilityDomain"],
        "faultDomain": instance.body["faultDomain"],
    }
    values = {
        "CpuUtilization": min(
            100.0, 100 * cores / (2 * shape["ocpus"])
        ),  # an OCPU is two logical processors
        "MemoryUtilization": min(100.0, 100 * memory / (shape["memoryInGBs"] * GB)),
        "CpuUsed": cores,
        "MemoryUsed": memory / GB,
    }
    for name, value in values.items():
        key = StreamKey.of(instance.body["compartmentId"], NAMESPACE, name, dimensions)
        whole.of(engine).metrics.add(key, engine.clock.now(), round(value, 4))


def _used(engine: Engine, key: str) -> tuple[float, int]:
    """Return the seconds on the processor and the bytes in memory of a container's process; nothing
    when it is not running.
    """
    container = whole.of(engine).containers.get(key)
    process = container.process if container else None
    if process is None:
        return 0.0, 0
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    except (OSError, IndexError):  # it ended meanwhile, or this is no Linux
        return 0.0, 0
    return (int(fields[11]) + int(fields[12])) / TICKS, pages * PAGE
