"""Metrics of PostgreSQL systems.

Connections are those at the gate of the databases; without databases they are counted from the
containers that hold the address of one. CPU and memory are a model: a little for being there, a
little for each connection.
"""

from __future__ import annotations

import time

from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.living.metrics import StreamKey
from sandbox.oci.services import psql_databases
from sandbox.oci.store import Record

NAMESPACE, SYSTEM, CONTAINER = "oci_postgresql", "psql.DbSystem", "container_instances.Container"
LONGEST_PAUSE, LOOK_SECONDS = 15.0, 0.5
ADDRESS = "DATABASE_URL"  # what the variable of a client begins with
POOL = 5  # connections that one container keeps open
IDLE_CPU, IDLE_MEMORY, CPU_EACH, MEMORY_EACH, FULL = 2.0, 20.0, 0.2, 0.1, 100.0


def start(engine: Engine) -> None:
    """Measure every quarter of a minute of monitoring, for ever."""
    last = [time.monotonic()]

    def measure_when_due(engine: Engine) -> None:
        if time.monotonic() - last[0] >= min(LONGEST_PAUSE, whole.minute(engine) / 4):
            last[0] = time.monotonic()
            measure(engine)

    engine.every(LOOK_SECONDS, measure_when_due, "oci-psql-metrics")


def measure(engine: Engine) -> None:
    """Add one point per instance and metric; a system that is stopped or failed tells nothing."""
    for system in engine.store.living(SYSTEM):
        if system.body["lifecycleState"] in ("ACTIVE", "UPDATING"):
            there = psql_databases.connections(engine, system)
            modelled = POOL * _clients(engine, system.body["compartmentId"])
            connections = modelled if there is None else there
            for instance in system.body["instances"]:
                _tell(
                    engine,
                    system,
                    instance["id"],
                    connections if instance["id"] == system.hidden["primary"] else 0,
                )


def _clients(engine: Engine, compartment: str) -> int:
    """Count the running containers of a compartment that know of a database."""
    running = whole.of(engine).containers
    return sum(
        any(name.startswith(ADDRESS) for name in record.body.get("environmentVariables") or {})
        for record in engine.store.living(CONTAINER)
        if record.body["compartmentId"] == compartment
        and (container := running.get(record.id))
        and container.running
    )


def _tell(engine: Engine, system: Record, instance: str, connections: int) -> None:
    dimensions = {
        "resourceId": system.id,
        "resourceName": system.body["displayName"],
        "resourceType": "DbSystem",
        "dbInstanceId": instance,
        "dbInstanceRole": "PRIMARY" if instance == system.hidden["primary"] else "READ_REPLICA",
    }
    values = {
        "Connections": float(connections),
        "CpuUtilization": min(FULL, IDLE_CPU + CPU_EACH * connections),
        "MemoryUtilization": min(FULL, IDLE_MEMORY + MEMORY_EACH * connections),
    }
    for name, value in values.items():
        key = StreamKey.of(system.body["compartmentId"], NAMESPACE, name, dimensions)
        whole.of(engine).metrics.add(key, engine.clock.now(), value)
