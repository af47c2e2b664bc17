"""What happens to container instances in time: orders carried out, processes that end, a restart of
the simulator.

An order (create, start, stop, restart) makes a work request that stays open until the processes did
what was asked; a thread of its own then writes the outcome. The store is never touched from the
event loop.
"""

from __future__ import annotations

import asyncio
import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.oci import errors, work_requests
from sandbox.oci.call import Call
from sandbox.oci.clock import wire
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.living.containers import Container
from sandbox.oci.service import CREATED, Body
from sandbox.oci.services import container_programs as programs
from sandbox.oci.services import psql_databases, vnics
from sandbox.oci.store import Due, Record

PULL_SECONDS, STOP_SECONDS = 10.0, 1.0
# from the image to the processes: with the pull 20 to 60 s, for an instance always the same
SHORTEST_START, LONGEST_START = 10, 50
LIFE = replace(CREATED, delete=2.0, resting=("INACTIVE", "FAILED"))
INSTANCE, CONTAINER = "container_instances.ContainerInstance", "container_instances.Container"


def order(call: Call, instance: Record, verb: str) -> None:
    """Begin to carry out what was asked."""
    resource = {
        "entityType": "containerInstance",
        "actionType": "IN_PROGRESS",
        "identifier": instance.id,
    }
    request = call.work_request(f"{verb.upper()}_CONTAINER_INSTANCE", [resource], 0, "ordered")
    for record in (request, instance):
        record.timeline = []  # no clock ends it: what the processes do ends it
    request.body |= {"phase": "IN_PROGRESS", "percentComplete": 10.0}
    call.save(request)
    instance.hidden["order"] = {"verb": verb, "work_request": request.id}
    call.save(instance)
    _carry_out(call.engine, instance.id, verb)


def move(engine: Engine, instance: Record) -> None:
    """Give an instance that starts again another private address, unless it was asked for."""
    card = engine.store.get("core.Vnic", instance.body["vnics"][0]["vnicId"])
    if card and not card.hidden.get("chosen"):
        whole.of(engine).addresses.pop(_place(engine, card), None)
        vnics.readdress(engine, card)


def check_outcome(engine: Engine, request: Record) -> None:
    """Fail the work request of an instance that failed."""
    instance = engine.store.get(INSTANCE, request.body["resources"][0]["identifier"])
    if instance and instance.body["lifecycleState"] == "FAILED":
        raise errors.invalid(instance.body["lifecycleDetails"])


def begin_end(engine: Engine, instance: Record) -> None:
    """Stop the processes of an instance that is being deleted, with grace."""
    living = whole.of(engine)
    for key in _keys(instance):
        living.wanted.discard(key)
        living.loop.begin(living.containers.stop(key))


def forget(engine: Engine, instance: Record) -> None:
    """Clear away what a deleted instance had: processes, logs, address."""
    living = whole.of(engine)
    for key in _keys(instance):
        container = engine.store.get(CONTAINER, key)
        if container:
            container.body["lifecycleState"] = "DELETED"
            container.gone, container.expires = True, engine.clock.now() + LIFE.linger
            engine.store.put(container)
            living.loop.begin(_clear(living, key, programs.folder_of(engine, container)))
    for card in instance.body["vnics"]:
        found = engine.store.get("core.Vnic", card["vnicId"])
        if found:
            living.addresses.pop(_place(engine, found), None)
            psql_databases.close_ways(engine, found.id)
            engine.retire(found)
    psql_databases.network_file(engine, instance.id).unlink(missing_ok=True)


def present(engine: Engine, record: Record) -> Body:
    """Return what only the process knows."""
    container = whole.of(engine).containers.get(record.id)
    if container is None or record.gone:
        return {}
    checks = [
        {
            **check,
            "status": (
                container.health.get(check["name"], "UNKNOWN") if container.running else "UNKNOWN"
            ),
        }
        for check in record.body["healthChecks"]
    ]
    return {
        **_ended(container),
        "containerRestartAttemptCount": container.restarts,
        "healthChecks": checks,
    }


def restore(engine: Engine) -> None:
    """After a restart of the simulator: run what ran, go on with orders that were open, drop what
    belongs to nobody.
    """
    living, kept = whole.of(engine), set()
    for instance in engine.store.living(INSTANCE):
        state = instance.body["lifecycleState"]
        kept |= {*(key[-24:] for key in _keys(instance)), f"{instance.id[-24:]}.json"}
        verb = (
            instance.hidden["order"]["verb"]
            if state in ("CREATING", "UPDATING")
            else "resume"
            if state == "ACTIVE"
            else ""
        )
        if verb:
            _carry_out(engine, instance.id, verb)
    for path in [*living.folder.iterdir()] if living.folder.exists() else []:
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _carry_out(engine: Engine, instance: str, verb: str) -> None:
    living = whole.of(engine)
    act = {
        "create": _start,
        "start": _start,
        "stop": _stop,
        "restart": _restart,
        "resume": _resume,
    }[verb]

    async def run() -> None:
        words = await act(engine, living, instance)
        await asyncio.to_thread(_conclude, engine, instance, verb, words)

    living.loop.begin(run())


async def _start(engine: Engine, living: whole.Whole, instance: str) -> str:
    """Pull the images, start all containers; return why that cannot be."""
    await asyncio.sleep(engine.clock.scaled(PULL_SECONDS))
    return await _resume(engine, living, instance, engine.clock.scaled(_start_seconds(instance)))


def _start_seconds(instance: str) -> int:
    return SHORTEST_START + zlib.crc32(instance.encode()) % (LONGEST_START - SHORTEST_START + 1)


async def _resume(engine: Engine, living: whole.Whole, instance: str, seconds: float = 0.0) -> str:
    """Start all containers, so many seconds after their images are there."""
    try:
        specs = await asyncio.to_thread(_specs, engine, living, instance)
    except programs.CannotPull as error:
        return str(error)
    await asyncio.sleep(seconds)
    await psql_databases.open_ways(engine, instance)
    for spec in specs:
        if spec.key in living.wanted:  # else it was deleted meanwhile
            await living.containers.start(spec, _watcher(engine))
    return ""


async def _stop(engine: Engine, living: whole.Whole, instance: str) -> str:
    await asyncio.sleep(engine.clock.scaled(STOP_SECONDS))
    record = await asyncio.to_thread(engine.store.get, INSTANCE, instance)
    for key in _keys(record) if record else []:
        living.wanted.discard(key)
        await living.containers.stop(key)
    return ""


async def _restart(engine: Engine, living: whole.Whole, instance: str) -> str:
    await _stop(engine, living, instance)
    return await _start(engine, living, instance)


def _specs(engine: Engine, living: whole.Whole, instance: str) -> list[Any]:
    """Read the records, note the address, allow the containers to run."""
    with engine.transaction() as store:
        record = store.get(INSTANCE, instance)
        if record is None or record.gone or record.body["lifecycleState"] == "DELETING":
            return []
        found = [container for key in _keys(record) if (container := store.get(CONTAINER, key))]
        for container in found:
            image = programs.find_image(engine, container.body["imageUrl"])
            programs.check_pull(engine, record, image)
        card = store.get("core.Vnic", record.body["vnics"][0]["vnicId"])
        if card:
            living.addresses[_place(engine, card)] = _keys(record)
        living.wanted |= set(_keys(record))
    return [programs.spec_of(engine, record, container) for container in found]


def _conclude(engine: Engine, instance: str, verb: str, words: str) -> None:
    """Write the outcome of an order, close its work request."""
    with engine.transaction() as store:
        record = store.get(INSTANCE, instance)
        if (
            record is None
            or record.gone
            or record.body["lifecycleState"] in ("DELETING", "DELETED")
        ):
            return
        living = whole.of(engine)
        ended = {
            key
            for key in _keys(record)
            if (container := living.containers.get(key)) and container.finished
        }
        state = "FAILED" if words else "INACTIVE" if verb == "stop" else "ACTIVE"
        record.timeline = []
        record.body |= {
            "lifecycleState": state,
            "lifecycleDetails": words,
            "timeUpdated": engine.wire_now(),
        }
        store.put(record)
        for key in set(_keys(record)) - ended:
            _set_container(engine, key, state, words)
        _close(engine, record.hidden["order"]["work_request"])
        _follow(engine, record.id)


def _close(engine: Engine, request: str) -> None:
    """Let a work request finish now."""
    record = engine.store.get(work_requests.KEY, request)
    if record and record.body["phase"] == "IN_PROGRESS":
        record.timeline = [Due(engine.clock.now(), {"phase": "FINISHING"})]
        engine.store.put(record)


def _watcher(engine: Engine) -> Callable[[Container], None]:
    """Return what hears of a container that ended for good."""

    def ended(container: Container) -> None:
        with engine.transaction() as store:
            record = store.get(CONTAINER, container.spec.key)
            if record and not record.gone:
                words = (
                    f"the container keeps ending with exit code {container.exit_code}"
                    if container.gave_up
                    else ""
                )
                _set_container(
                    engine, record.id, "FAILED" if container.gave_up else "INACTIVE", words
                )
                _follow(engine, record.body["containerInstanceId"])

    return ended


def _follow(engine: Engine, instance: str) -> None:
    """An instance ends with its last container; it fails with the first that fails."""
    record = engine.store.get(INSTANCE, instance)
    if record is None or record.body["lifecycleState"] != "ACTIVE":
        return
    containers = [found for key in _keys(record) if (found := engine.store.get(CONTAINER, key))]
    states = {container.body["lifecycleState"] for container in containers}
    state = "FAILED" if "FAILED" in states else "INACTIVE" if states == {"INACTIVE"} else ""
    if state:
        words = next(
            (
                container.body["lifecycleDetails"]
                for container in containers
                if container.body["lifecycleDetails"]
            ),
            "",
        )
        record.body |= {
            "lifecycleState": state,
            "lifecycleDetails": words,
            "timeUpdated": engine.wire_now(),
        }
        engine.store.put(record)


def _set_container(engine: Engine, key: str, state: str, words: str) -> None:
    record, container = engine.store.get(CONTAINER, key), whole.of(engine).containers.get(key)
    if record:
        record.body |= {
            "lifecycleState": state,
            "lifecycleDetails": words,
            "timeUpdated": engine.wire_now(),
        }
        record.body |= (
            {"exitCode": None, "timeTerminated": None}
            if state == "ACTIVE"
            else _ended(container)
            if container
            else {}
        )
        engine.store.put(record)


def _ended(container: Container) -> Body:
    if container.exit_code is None:
        return {}
    return {"exitCode": container.exit_code, "timeTerminated": wire(container.ended_at)}


def _keys(instance: Record) -> list[str]:
    return [item["containerId"] for item in instance.body["containers"]]


def _place(engine: Engine, card: Record) -> tuple[str, str]:
    subnet = engine.store.get("core.Subnet", card.body["subnetId"])
    return subnet.body["vcnId"] if subnet else "", card.body["privateIp"]


async def _clear(living: whole.Whole, key: str, folder: Any) -> None:
    await living.containers.remove(key)
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
