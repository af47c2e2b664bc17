"""Queues: their making and settings, purging, the metrics of what waits in them."""

from __future__ import annotations

import time
from dataclasses import replace

from sandbox.oci import errors, work_requests
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.living.metrics import StreamKey
from sandbox.oci.service import CREATED, STATELESS, Body, Kind, Service
from sandbox.oci.services import queue_messages as messages
from sandbox.oci.store import Record

EMIT_SECONDS, LOOK_SECONDS = 5.0, 0.5
BOUNDS = {
    "retentionInSeconds": (10, 604_800),
    "visibilityInSeconds": (1, messages.LONGEST_HIDDEN),
    "timeoutInSeconds": (0, messages.LONGEST_POLL),
    "deadLetterQueueDeliveryCount": (0, 20),
    "channelConsumptionLimit": (1, 100),
}


def purge(call: Call) -> None:
    """Drop the messages, the dead letters or both; one purge at a time."""
    queue = call.target("Queue")
    if queue.body["lifecycleState"] != "ACTIVE":
        raise errors.incorrect_state(f"The queue is {queue.body['lifecycleState']}.")
    if call.body.get("consumerGroupId"):
        raise errors.not_implemented("Consumer groups are not simulated.")
    for other in call.engine.store.all(work_requests.KEY):
        if other.hidden["payload"].get("purges") == queue.id:
            raise errors.conflict(f"The queue is being purged by the work request {other.id}.")
    resource = {"entityType": "queue", "actionType": "UPDATED", "identifier": queue.id}
    payload = {
        "purges": queue.id,
        "type": call.body["purgeType"],
        "channels": call.body.get("channelIds") or [],
    }
    call.work_request("PURGE_QUEUE", [resource], 0.5, then="purge", payload=payload)


def purged(engine: Engine, request: Record) -> None:
    payload = request.hidden["payload"]
    for record in messages.of(engine, payload["purges"]):
        side = "DLQ" if record.hidden["dead"] else "NORMAL"
        if payload["type"] in {side, "BOTH"} and messages.channel_of(record) in (
            payload["channels"] or [messages.channel_of(record)]
        ):
            engine.store.remove(record)


def created(call: Call, record: Record) -> None:
    _check(record.body, call.body)
    record.body["timeUpdated"] = record.body["timeCreated"]


def changed(call: Call, record: Record, changes: Body) -> None:
    _check(changes, changes)
    if changes.get("customEncryptionKeyId") == "":  # an empty text removes the key
        changes["customEncryptionKeyId"] = None


def emptied(engine: Engine, record: Record) -> None:
    for message in messages.of(engine, record.id):
        engine.store.remove(message)


def start(engine: Engine) -> None:
    """Tell every queue's figures for ever."""
    last = [time.monotonic()]

    def emit_when_due(engine: Engine) -> None:
        if time.monotonic() - last[0] >= min(EMIT_SECONDS, whole.minute(engine) / 4):
            last[0] = time.monotonic()
            emit(engine)

    engine.every(LOOK_SECONDS, emit_when_due, "oci-queue-metrics")


def emit(engine: Engine) -> None:
    """ConsumerLag is the age of the oldest message in minutes, those of the metrics' own clock."""
    now, minute = engine.clock.now(), whole.minute(engine)
    for queue in engine.store.living(messages.QUEUE):
        held = [record for record in messages.of(engine, queue.id) if not record.hidden["dead"]]
        counted = messages.count(held, now)
        oldest = min((record.created for record in held), default=now)
        _add(engine, queue, "ConsumerLag", (now - oldest) / minute)
        _add(engine, queue, "QueueSize", counted["sizeInBytes"])
        _add(engine, queue, "MessagesInQueueCount", counted["visibleMessages"], isVisible="true")
        _add(engine, queue, "MessagesInQueueCount", counted["inFlightMessages"], isVisible="false")


def _add(engine: Engine, queue: Record, name: str, value: float, **dimensions: str) -> None:
    key = StreamKey.of(
        queue.body["compartmentId"], "oci_queue", name, {"resourceId": queue.id, **dimensions}
    )
    whole.of(engine).metrics.add(key, engine.clock.now(), float(value))


def _check(body: Body, given: Body) -> None:
    for name, (low, high) in BOUNDS.items():
        if body.get(name) is not None and not low <= body[name] <= high:
            raise errors.invalid(f"{name} must lie between {low} and {high}.")
    if given.get("capabilities"):
        raise errors.not_implemented("Consumer groups and large messages are not simulated.")


def _present(engine: Engine, record: Record) -> Body:
    return {"messagesEndpoint": engine.endpoint_of(record.id)}


SERVICE = Service(
    name="queue",
    clients=("QueueAdminClient", "QueueClient"),
    kinds=(
        Kind(
            name="Queue",
            word="queue",
            life=replace(CREATED, changing="UPDATING", create=1.0, update=0.5),
            defaults={
                "retentionInSeconds": 86_400,
                "visibilityInSeconds": 30,
                "timeoutInSeconds": 30,
                "deadLetterQueueDeliveryCount": 0,
                "channelConsumptionLimit": 100,
            },
            references={"customEncryptionKeyId": "key_management.Key"},
            work_requests={
                "create": "CREATE_QUEUE",
                "update": "UPDATE_QUEUE",
                "delete": "DELETE_QUEUE",
                "move": "MOVE_QUEUE",
            },
            before_create=created,
            before_update=changed,
            on={"DELETED": emptied},
            present=_present,
        ),
        Kind(name="GetMessage", word="", life=STATELESS, key=("queueId", "id")),
    ),
    operations={
        "purge_queue": purge,
        "put_messages": messages.put,
        "get_messages": messages.get,
        "delete_message": messages.delete_one,
        "delete_messages": messages.delete_many,
        "update_message": messages.update_one,
        "update_messages": messages.update_many,
        "get_stats": messages.stats,
        "list_channels": messages.channels,
    },
    waits={"get_messages": messages.wait},
    unaudited=(
        "put_messages",
        "delete_message",
        "delete_messages",
        "update_message",
        "update_messages",
    ),
    completions={"purge": purged},
    start=start,
    stop=whole.close,
)
