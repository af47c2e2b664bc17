"""Evaluates all alarms again and again, remembers their states, tells topics about changes."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.living.alarms import SILENCE_MINUTES, Pace, StreamState, duration, follow
from sandbox.oci.living.answers import Dimensions, Series, Window, evaluate, fires
from sandbox.oci.living.mql import parse
from sandbox.oci.service import Body
from sandbox.oci.store import Record

HISTORY_KEPT, DIMENSIONS_SHOWN = 200, 100
LOOKS_A_MINUTE, LONGEST_PAUSE, TICK_SECONDS = 4, 5.0, 0.25

Within = Callable[..., frozenset[str]]


def fresh(now: float) -> Body:
    """Return what an alarm remembers from the start."""
    return {"status": "OK", "changed": now, "history": []}


def start(engine: Engine, within: Within) -> None:
    """Look often enough for the time scale, which may change while the simulator runs."""
    last = [0.0]

    def look_when_due(engine: Engine) -> None:
        if time.monotonic() - last[0] >= min(LONGEST_PAUSE, whole.minute(engine) / LOOKS_A_MINUTE):
            last[0] = time.monotonic()
            _look_at_all(engine, within)

    engine.every(TICK_SECONDS, look_when_due, "oci-alarms")


def forget(engine: Engine, record: Record) -> None:
    """Evaluate an alarm again after a change of its rule."""
    whole.of(engine).alarms.pop(record.id, None)


def status_row(engine: Engine, record: Record) -> Body:
    body, hidden = record.body, record.hidden
    return {
        "id": record.id,
        "displayName": body["displayName"],
        "severity": body["severity"],
        "ruleName": "BASE",
        "timestampTriggered": wire(hidden["changed"]),
        "alarmSummary": _summary(record, 0),
        "status": "SUSPENDED" if suppressed(engine, record) else hidden["status"],
        "suppression": body.get("suppression"),
    }


def dimension_rows(engine: Engine, record: Record) -> list[Body]:
    states = whole.of(engine).alarms.get(record.id, {})
    return [
        {
            "alarmSummary": _summary(record, 1),
            "dimensions": dict(key),
            "status": state.status,
            "ruleName": "BASE",
            "timestamp": wire(state.told or record.hidden["changed"]),
        }
        for key, state in states.items()
    ]


def prepare_suppression(call: Call, record: Record) -> None:
    target = record.body["alarmSuppressionTarget"]
    if target["targetType"] == "ALARM":
        record.body["compartmentId"] = call.find("Alarm", target["alarmId"]).body["compartmentId"]
    else:
        record.body["compartmentId"] = target["compartmentId"]
    if moment(record.body["timeSuppressFrom"]) >= moment(record.body["timeSuppressUntil"]):
        raise errors.invalid("timeSuppressFrom must be before timeSuppressUntil.")
    record.body.setdefault("level", "DIMENSION" if record.body.get("dimensions") else "ALARM")
    record.body["timeUpdated"] = record.body["timeCreated"]


def suppressed(engine: Engine, record: Record) -> bool:
    """Say whether messages of an alarm are held back now."""
    now = engine.clock.now()
    spans = [record.body["suppression"]] if record.body.get("suppression") else []
    for other in engine.store.living("monitoring.AlarmSuppression"):
        target = other.body["alarmSuppressionTarget"]
        if (
            target.get("alarmId") == record.id
            or target.get("compartmentId") == record.body["compartmentId"]
        ):
            spans.append(other.body)
    return any(
        moment(span["timeSuppressFrom"]) <= now < moment(span["timeSuppressUntil"])
        for span in spans
    )


def _look_at_all(engine: Engine, within: Within) -> None:
    for record in engine.store.living("monitoring.Alarm"):
        if record.body["isEnabled"]:
            _look_at(engine, record, within)


def _look_at(engine: Engine, record: Record, within: Within) -> None:
    """Evaluate outside the lock; take it only when there is something to write."""
    living, now, body = whole.of(engine), engine.clock.now(), record.body
    metrics = within(
        engine, body["metricCompartmentId"], deep=bool(body.get("metricCompartmentIdInSubtree"))
    )
    minute, expression = whole.minute(engine), parse(body["query"])
    window = Window(
        living.metrics,
        metrics,
        body["namespace"],
        now,
        minute / 60,
        body.get("resourceGroup") or "",
    )
    judged, firing = evaluate(expression, window), fires(expression, window) or {}
    states = living.alarms.setdefault(record.id, _remembered(record, now))
    messages: dict[str, list[Dimensions]] = {}
    for key in states.keys() | judged.keys():
        holds = key in firing if key in judged else None
        states[key], message = follow(
            states.get(key, StreamState()), holds, now, _pace(body, minute)
        )
        if message:
            messages.setdefault(message, []).append(key)
    if messages:
        _tell(engine, record, messages, firing)


def _remembered(record: Record, now: float) -> dict[Dimensions, StreamState]:
    """After a restart the streams are unknown, but a firing alarm still fires until proven
    otherwise.
    """
    return {(): StreamState("FIRING", seen=now)} if record.hidden["status"] == "FIRING" else {}


def _pace(body: Body, minute: float) -> Pace:
    scale = minute / 60
    repeat = (
        duration(body["repeatNotificationDuration"])
        if body.get("repeatNotificationDuration")
        else 0
    )
    return Pace(duration(body["pendingDuration"]) * scale, SILENCE_MINUTES * minute, repeat * scale)


def _tell(
    engine: Engine, record: Record, messages: dict[str, list[Dimensions]], firing: Series
) -> None:
    """Write down a change of the alarm's state, send what is worth a message."""
    with engine.transaction() as store:
        current = store.get(record.kind, record.id)
        if current is None or current.gone:
            return
        states = whole.of(engine).alarms.get(record.id, {})
        status = "FIRING" if any(state.status == "FIRING" for state in states.values()) else "OK"
        split = bool(current.body.get("isNotificationsPerMetricDimensionEnabled"))
        changed = status != current.hidden["status"]
        if changed:
            _note(engine, current, status, len(firing))
        for kind, keys in messages.items():
            if (split or changed or kind == "REPEAT") and not suppressed(engine, current):
                for group in [[key] for key in keys] if split else [keys]:
                    _publish(engine, current, kind, group, firing, split=split)
        store.put(current)


def _note(engine: Engine, record: Record, status: str, firing: int) -> None:
    now = engine.clock.now()
    entry = {
        "summary": f"State transitioned from {record.hidden['status']} to {status}",
        "alarmSummary": _summary(record, firing),
        "timestamp": wire(now),
        "timestampTriggered": wire(now),
    }
    record.hidden |= {
        "status": status,
        "changed": now,
        "history": [*record.hidden["history"], entry][-HISTORY_KEPT:],
    }


def _publish(
    engine: Engine,
    record: Record,
    kind: str,
    keys: list[Dimensions],
    firing: Series,
    *,
    split: bool,
) -> None:
    body, now, status = (
        record.body,
        engine.clock.now(),
        "FIRING" if kind in ("OK_TO_FIRING", "REPEAT") else "OK",
    )
    shown = list(firing if status == "FIRING" and not split else keys)[:DIMENSIONS_SHOWN]
    about = {
        "id": record.id,
        "status": status,
        "severity": body["severity"],
        "namespace": body["namespace"],
        "query": body["query"],
        "totalMetricsFiring": len(firing),
        "dimensions": [dict(key) for key in shown],
        "alarmUrl": f"https://cloud.oracle.com/monitoring/alarms/{record.id}?region=us-ashburn-1",
        "alarmSummary": _summary(record, len(firing)),
        "metricValues": [{body["query"]: f"{firing[key]:.2f}"} for key in shown if key in firing],
    }
    message = {
        "dedupeKey": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{record.id}/{record.hidden['changed']}")),
        "title": body.get("notificationTitle") or body["displayName"],
        "body": body.get("body"),
        "type": kind,
        "severity": body["severity"],
        "timestampEpochMillis": int(now * 1000),
        "timestamp": wire(now),
        "alarmMetaData": [about],
        "notificationType": (
            "Split messages per metric stream"
            if split
            else "Grouped messages across metric streams"
        ),
        "version": 1.5,
    }
    for destination in body["destinations"]:
        engine.emit("message", {"topic": destination, "body": json.dumps(message)})


def _summary(record: Record, firing: int) -> str:
    body, status = record.body, record.hidden["status"]
    if body.get("alarmSummary"):
        return str(body["alarmSummary"])
    return (
        f'Alarm "{body["displayName"]}" is in a "{status}" state; {firing} metrics meet the trigger'
        f' rule: "{body["query"]}"'
    )
