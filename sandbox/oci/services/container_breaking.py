"""What runs now, and how it is told to misbehave: the control port's view of containers."""

from __future__ import annotations

from sandbox.oci import errors
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.service import Body
from sandbox.oci.services import balancing, container_life
from sandbox.oci.services import container_programs as programs
from sandbox.oci.store import Record


def break_container(engine: Engine, payload: Body) -> list[Body]:
    """Make API containers misbehave: the "container" (or instance), else those of a "compartment"
    that have the traffic now.

    With none in traffic it is the newest; with "all", and to heal, it is every one that runs.
    """
    mode = payload["mode"]
    if mode not in ("healthy", *programs.MODES):
        raise errors.invalid(f"mode must be healthy, {', '.join(programs.MODES)}.")
    wide = (
        "container" in payload or payload.get("all") or mode == "healthy"
    )  # workers too: they have no port
    rows = [row for row in overview(engine, {}) if _meant(row, payload) and (row["port"] or wide)]
    if "container" not in payload and not payload.get("all") and mode != "healthy":
        rows = [row for row in rows if row["live"]] or rows[-1:]
    for row in rows:
        record = engine.store.get(container_life.CONTAINER, row["container"])
        if record:
            (programs.folder_of(engine, record) / "behaviour").write_text(mode)
    return rows


def overview(engine: Engine, payload: Body) -> list[Body]:
    """Return the containers that run now, the oldest first."""
    return [
        _row(engine, record)
        for record in engine.store.living(container_life.CONTAINER)
        if _runs(engine, record)
    ]


def _runs(engine: Engine, record: Record) -> bool:
    container = whole.of(engine).containers.get(record.id)
    return container is not None and container.running


def _row(engine: Engine, record: Record) -> Body:
    container = whole.of(engine).containers.get(record.id)
    compartment = engine.store.get("identity.Compartment", record.body["compartmentId"])
    file = programs.folder_of(engine, record) / "behaviour"
    return {
        "container": record.id,
        "instance": record.body["containerInstanceId"],
        "image": record.body["imageUrl"],
        "compartment": compartment.body["name"] if compartment else "",
        "compartmentId": record.body["compartmentId"],
        "live": any(record.id in keys for keys in balancing.in_traffic(engine)),
        "mode": file.read_text() if file.exists() else "",
        "pid": container.process.pid if container and container.process else 0,
        "port": container.address[1] if container and container.address else 0,
    }


def _meant(row: Body, payload: Body) -> bool:
    if "container" in payload:
        return bool(payload["container"] in (row["container"], row["instance"]))
    return bool(payload["compartment"] in (row["compartment"], row["compartmentId"]))
