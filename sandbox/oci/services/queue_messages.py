"""Messages of queues: put, delivered, hidden for a while, acknowledged, given up."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.engine import Engine
from sandbox.oci.service import Body
from sandbox.oci.store import Record

MESSAGE, QUEUE = "queue.GetMessage", "queue.Queue"
LARGEST, LARGEST_BATCH, MOST = 262_144, 524_288, 20
LONGEST_HIDDEN, LONGEST_POLL, LOOK_SECONDS = 43_200, 30, 0.1


def put(call: Call) -> Body:
    """Take one to twenty messages."""
    queue, entries = _queue(call), call.body["messages"]
    sizes = [len(entry["content"].encode()) for entry in entries]
    if (
        not 1 <= len(entries) <= MOST
        or not all(1 <= size <= LARGEST for size in sizes)
        or sum(sizes) > LARGEST_BATCH
    ):
        raise errors.invalid(
            f"1 to {MOST} messages of 1 to {LARGEST} bytes, {LARGEST_BATCH} bytes together."
        )
    first, ends = int(call.now * 1_000_000), call.now + queue.body["retentionInSeconds"]
    made = []
    for number, entry in enumerate(entries, first):
        body = {
            "id": number,
            "queueId": queue.id,
            "deliveryCount": 0,
            "createdAt": wire(call.now),
            "expireAfter": wire(ends),
        }
        body |= {
            "content": entry["content"],
            "visibleAfter": wire(call.now),
            "metadata": entry.get("metadata"),
        }
        hidden = {"visible": call.now, "dead": False, "size": sizes[number - first]}
        record = Record(
            MESSAGE, f"{queue.id}/{number}", body, hidden, created=call.now, expires=ends
        )
        made.append(call.save(record).body)
    return {"messages": made}


def wait(call: Call) -> None:
    """Hold a long poll until there is something to deliver or its time is up; nothing is locked
    meanwhile.
    """
    queue = _queue(call)
    seconds = _number(call, "timeoutInSeconds", queue.body["timeoutInSeconds"], LONGEST_POLL)
    end = time.monotonic() + seconds
    while time.monotonic() < end and not _ready(call, queue):
        if call.engine.stopping.wait(LOOK_SECONDS):
            return


def get(call: Call) -> Body:
    """Deliver what is visible, and hide it; without a filter from one channel by chance."""
    queue = _queue(call)
    hide = _number(call, "visibilityInSeconds", queue.body["visibilityInSeconds"], LONGEST_HIDDEN)
    limit = _number(call, "limit", 1, MOST)
    bury(call.engine, queue)
    ready = _ready(call, queue)
    if ready and "channelFilter" not in call.query:
        chosen = random.choice(sorted({channel_of(record) for record in ready}))
        ready = [record for record in ready if channel_of(record) == chosen]
    for record in ready[:limit]:
        number = record.body["id"]
        record.body |= {
            "deliveryCount": record.body["deliveryCount"] + 1,
            "receipt": f"{number}.{secrets.token_urlsafe(24)}",
        }
        _hide(call, record, hide)
    return {"messages": [record.body for record in ready[:limit]]}


def delete_one(call: Call) -> None:
    """Acknowledge a message."""
    _delete(call, call.path["messageReceipt"], {})


def update_one(call: Call) -> Body:
    """Hide a message longer, or show it again."""
    return _update(call, call.path["messageReceipt"], call.body)


def delete_many(call: Call) -> Body:
    """Acknowledge messages; each entry has its own outcome."""
    return _each(call, _delete)


def update_many(call: Call) -> Body:
    """Hide messages longer; each entry has its own outcome."""
    return _each(call, _update)


def stats(call: Call) -> Body:
    """How many messages wait, are in consumers' hands, are given up."""
    queue, wanted = _queue(call), call.query.get("channelId")
    bury(call.engine, queue)
    held = [record for record in of(call.engine, queue.id) if wanted in (None, channel_of(record))]
    shown = {"channelId": wanted} if wanted else {}
    sides = {
        side: count([record for record in held if record.hidden["dead"] == dead], call.now)
        for side, dead in _SIDES.items()
    }
    return {**sides, **shown}


def channels(call: Call) -> list[str]:
    """The channels that hold messages."""
    wanted = call.query.get("channelFilter")
    held = {
        channel_of(record)
        for record in of(call.engine, _queue(call).id)
        if not record.hidden["dead"]
    } - {""}
    return sorted(name for name in held if wanted in (None, name))


def of(engine: Engine, queue: str) -> list[Record]:
    """Return the messages of a queue, the oldest first."""
    return [record for record in engine.store.all(MESSAGE) if record.body["queueId"] == queue]


def count(held: list[Record], now: float) -> Body:
    """Return the statistics of some messages."""
    visible = sum(record.hidden["visible"] <= now for record in held)
    size = sum(record.hidden["size"] for record in held)
    return {
        "visibleMessages": visible,
        "inFlightMessages": len(held) - visible,
        "sizeInBytes": size,
    }


def bury(engine: Engine, queue: Record) -> None:
    """Move to the dead letters what was delivered often enough and was not acknowledged in time."""
    most, now = queue.body["deadLetterQueueDeliveryCount"], engine.clock.now()
    for record in of(engine, queue.id) if most else ():
        if (
            not record.hidden["dead"]
            and record.hidden["visible"] <= now
            and record.body["deliveryCount"] >= most
        ):
            record.hidden["dead"] = True
            engine.store.put(record)


def channel_of(record: Record) -> str:
    """Return the channel of a message, "" for none."""
    return str((record.body["metadata"] or {}).get("channelId", ""))


def _queue(call: Call) -> Record:
    """The queue answers at its own messages endpoint alone."""
    queue = call.find("Queue", call.path["queueId"])
    if call.at != queue.id or queue.gone:
        raise errors.not_found("queue at this endpoint")
    if queue.body["lifecycleState"] not in {"ACTIVE", "UPDATING"}:
        raise errors.incorrect_state(f"The queue is {queue.body['lifecycleState']}.")
    return queue


def _ready(call: Call, queue: Record) -> list[Record]:
    wanted, now, most = (
        call.query.get("channelFilter"),
        call.now,
        queue.body["deadLetterQueueDeliveryCount"],
    )
    return [
        record
        for record in of(call.engine, queue.id)
        if not record.hidden["dead"]
        and record.hidden["visible"] <= now
        and wanted in (None, channel_of(record))
        if not most or record.body["deliveryCount"] < most
    ]


def _held(call: Call, receipt: str) -> Record:
    """Return the message of a receipt; the next delivery makes it void."""
    number = receipt.partition(".")[0]
    if not number.isdigit():
        raise errors.invalid("The receipt is not one that this queue gave out.")
    record = call.engine.store.get(MESSAGE, f"{_queue(call).id}/{number}")
    if (
        record is None
        or record.hidden["dead"]
        or record.body.get("receipt") != receipt
        or _over(call, record)
    ):
        raise errors.not_found("message of this receipt")
    return record


def _over(call: Call, record: Record) -> bool:
    return moment(record.body["expireAfter"]) <= call.now


def _delete(call: Call, receipt: str, _: Body) -> Body:
    call.engine.store.remove(_held(call, receipt))
    return {}


def _update(call: Call, receipt: str, entry: Body) -> Body:
    seconds = entry["visibilityInSeconds"]
    if not 0 <= seconds <= LONGEST_HIDDEN:
        raise errors.invalid(f"visibilityInSeconds must lie between 0 and {LONGEST_HIDDEN}.")
    record = _held(call, receipt)
    _hide(call, record, seconds)
    return {"id": record.body["id"], "visibleAfter": record.body["visibleAfter"]}


def _hide(call: Call, record: Record, seconds: float) -> None:
    record.hidden["visible"] = call.now + seconds
    record.body["visibleAfter"] = wire(call.now + seconds)
    call.save(record)


def _each(call: Call, work: Callable[[Call, str, Body], Body]) -> Body:
    entries: list[Body] = call.body["entries"]
    if not 1 <= len(entries) <= MOST:
        raise errors.invalid(f"1 to {MOST} entries.")
    _queue(call)
    results = [_outcome(call, entry, work) for entry in entries]
    return {
        "serverFailures": 0,
        "clientFailures": sum("errorCode" in result for result in results),
        "entries": results,
    }


def _outcome(call: Call, entry: Body, work: Callable[[Call, str, Body], Body]) -> Body:
    try:
        return work(call, entry["receipt"], entry)
    except errors.ServiceError as error:
        return {"errorCode": error.status, "errorMessage": error.message}


def _number(call: Call, name: str, unset: Any, most: int) -> int:
    text = call.query.get(name, str(unset))
    if not text.isdigit() or int(text) > most:
        raise errors.invalid(f"{name} must be a whole number up to {most}.")
    return int(text)


_SIDES = {"queue": False, "dlq": True}
