"""Monitoring: custom metrics, queries, alarms that really fire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.living.alarms import duration
from sandbox.oci.living.answers import Window, condition, evaluate
from sandbox.oci.living.metrics import StreamKey
from sandbox.oci.living.mql import BadQuery, Expression, parse, selections, span
from sandbox.oci.service import Body, Kind, Life, Service
from sandbox.oci.services import alarm_evaluation
from sandbox.oci.store import Record

NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,255}")
PAST, FUTURE = 2 * 3600, 600
MOST_STREAMS, MOST_DIMENSIONS, MOST_STEPS = 50, 20, 10_000
BOUNDS = {
    "pendingDuration": ("PT1M", "PT1H"),
    "repeatNotificationDuration": ("PT1M", "P30D"),
    "evaluationSlackDuration": ("PT3M", "PT2H"),
}


def prepare_alarm(call: Call, record: Record) -> None:
    body = record.body
    body.setdefault("pendingDuration", "PT1M")
    body.setdefault("messageFormat", "RAW")
    body |= {"ruleName": "BASE", "timeUpdated": body["timeCreated"]}
    _check_alarm(call, body)
    record.hidden = alarm_evaluation.fresh(call.now)


def recheck_alarm(call: Call, record: Record, changes: Body) -> None:
    _check_alarm(call, {**record.body, **changes})
    alarm_evaluation.forget(call.engine, record)


def forget_alarm(call: Call, record: Record) -> None:
    alarm_evaluation.forget(call.engine, record)


def remove_suppression(call: Call) -> None:
    record = call.find("Alarm", call.path["alarmId"])
    record.body.pop("suppression", None)
    call.save(record)


def list_alarms_status(call: Call) -> list[Body]:
    within = compartments(
        call.engine,
        call.query["compartmentId"],
        deep=call.query.get("compartmentIdInSubtree") == "true",
    )
    alarms = [
        record
        for record in call.engine.store.living("monitoring.Alarm")
        if record.body["compartmentId"] in within
    ]
    rows = [
        alarm_evaluation.status_row(call.engine, record)
        for record in alarms
        if record.body["isEnabled"]
    ]
    wanted = {name: call.query[name] for name in ("displayName", "status") if name in call.query}
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def get_alarm_history(call: Call) -> Body:
    record = call.target("Alarm")
    start, end = (
        call.query.get("timestampGreaterThanOrEqualTo", ""),
        call.query.get("timestampLessThan", ""),
    )
    entries = [
        entry
        for entry in reversed(record.hidden["history"])
        if (not start or moment(entry["timestamp"]) >= moment(start))
        and (not end or moment(entry["timestamp"]) < moment(end))
    ]
    return {"alarmId": record.id, "isEnabled": record.body["isEnabled"], "entries": entries}


def retrieve_dimension_states(call: Call) -> Body:
    record = call.engine.store.get("monitoring.Alarm", call.path["alarmId"])
    if record is None:
        raise errors.not_found("alarm")
    split = bool(record.body.get("isNotificationsPerMetricDimensionEnabled"))
    items = alarm_evaluation.dimension_rows(call.engine, record)
    shown = {"alarmId": record.id, "isEnabled": record.body["isEnabled"], "items": items}
    return {**shown, "isNotificationsPerMetricDimensionEnabled": split}


def list_metrics(call: Call) -> list[Body]:
    wanted = call.body
    within = compartments(
        call.engine,
        call.query["compartmentId"],
        deep=call.query.get("compartmentIdInSubtree") == "true",
    )
    streams = whole.of(call.engine).metrics.find(
        within, wanted.get("namespace") or "", wanted.get("name") or ""
    )
    filters = set((wanted.get("dimensionFilters") or {}).items())
    rows = [
        {
            "name": stream.key.name,
            "namespace": stream.key.namespace,
            "resourceGroup": stream.key.group or None,
            "compartmentId": stream.key.compartment,
            "dimensions": dict(stream.key.dimensions),
        }
        for stream in streams
        if filters <= set(stream.key.dimensions)
    ]
    shown = wanted.get("groupBy") or []
    grouped = [{name: row[name] for name in shown} if shown else row for row in rows]
    return [row for at, row in enumerate(grouped) if row not in grouped[:at]]


def summarize_metrics_data(call: Call) -> list[Body]:
    """Answer a query over a span of real time, one value a step and stream."""
    body = call.body
    expression = _parsed(body["query"])
    end = moment(body["endTime"]) if body.get("endTime") else call.now
    start = moment(body["startTime"]) if body.get("startTime") else end - 3 * 3600
    step = (
        _span(body["resolution"])
        if body.get("resolution")
        else max(s.interval for s in selections(expression))
    )
    if (end - start) / step > MOST_STEPS:
        raise errors.invalid(f"The query would return more than {MOST_STEPS} points a stream.")
    within = compartments(
        call.engine,
        call.query["compartmentId"],
        deep=call.query.get("compartmentIdInSubtree") == "true",
    )
    store = whole.of(call.engine).metrics
    found: dict[Any, list[Body]] = {}
    for at in _steps(start, end, step):
        window = Window(
            store, within, body["namespace"], at + step, group=body.get("resourceGroup") or ""
        )
        for dimensions, value in evaluate(expression, window).items():
            found.setdefault(dimensions, []).append({"timestamp": wire(at), "value": value})
    names = {selection.metric for selection in selections(expression)}
    shown = {
        "namespace": body["namespace"],
        "compartmentId": call.query["compartmentId"],
        "metadata": {},
    }
    shown |= {
        "name": names.pop() if len(names) == 1 else body["query"],
        "resolution": f"{int(step // 60)}m",
    }
    return [
        {**shown, "dimensions": dict(key), "aggregatedDatapoints": points}
        for key, points in found.items()
    ]


def post_metric_data(call: Call) -> Body:
    """Take what is right; what is not is counted in the answer, or refused altogether when the
    caller wants all or nothing.
    """
    metrics, failed = call.body["metricData"], []
    if len(metrics) > MOST_STREAMS:
        raise errors.invalid(f"At most {MOST_STREAMS} metric streams a call.")
    for metric in metrics:
        if words := _wrong_with(metric, call.now):
            failed.append({"message": words, "metricData": metric})
    if failed and call.body.get("batchAtomicity") == "ATOMIC":
        raise errors.invalid(failed[0]["message"])
    wrong = [row["metricData"] for row in failed]
    store = whole.of(call.engine).metrics
    for metric in (metric for metric in metrics if metric not in wrong):
        group = metric.get("resourceGroup") or ""
        key = StreamKey.of(
            metric["compartmentId"],
            metric["namespace"],
            metric["name"],
            metric["dimensions"],
            group,
        )
        for point in metric["datapoints"]:
            store.add(
                key,
                moment(point["timestamp"]),
                point["value"],
                point.get("count") or 1,
                metric.get("metadata"),
            )
    return {"failedMetricsCount": len(failed), "failedMetrics": failed}


def compartments(engine: Engine, top: str, *, deep: bool) -> frozenset[str]:
    """Return a compartment, with all below it when asked."""
    found, fresh = {top}, {top}
    while deep and fresh:
        records = engine.store.living("identity.Compartment")
        fresh = {
            record.id for record in records if record.body.get("compartmentId") in fresh
        } - found
        found |= fresh
    return frozenset(found)


def start(engine: Engine) -> None:
    alarm_evaluation.start(engine, compartments)


def _check_alarm(call: Call, body: Body) -> None:
    expression = _parsed(body["query"])
    if not condition(expression):
        raise errors.invalid("The query of an alarm must end in a condition such as > 5.")
    for name, (low, high) in BOUNDS.items():
        if body.get(name) and not duration(low) <= _duration(name, body[name]) <= duration(high):
            raise errors.invalid(f"{name} must lie between {low} and {high}.")
    if body.get("resolution") not in (None, "1m"):
        raise errors.invalid("resolution must be 1m.")
    if not body["destinations"] or len(body["destinations"]) > 2:
        raise errors.invalid("destinations takes one topic and one stream at most.")
    for destination in body["destinations"]:
        if destination.startswith("ocid1.onstopic."):
            call.find("ons.NotificationTopic", destination)


def _parsed(query: str) -> Expression:
    try:
        return parse(query)
    except BadQuery as error:
        raise errors.invalid(f"Invalid query: {error}") from error


def _duration(name: str, text: str) -> float:
    try:
        return duration(text)
    except ValueError as error:
        raise errors.invalid(f"{name}: {error}") from error


def _span(text: str) -> float:
    try:
        return span(text)
    except BadQuery as error:
        raise errors.invalid(f"resolution: {error}") from error


def _steps(start: float, end: float, step: float) -> Iterator[float]:
    """Yield the moments of a grid that is the same for every caller."""
    at = start // step * step
    while at < end:
        yield at
        at += step


def _wrong_with(metric: Body, now: float) -> str:
    namespace, dimensions = metric["namespace"], metric["dimensions"]
    if not NAMESPACE.fullmatch(namespace) or namespace.lower().startswith(("oci_", "oracle_")):
        return f"namespace {namespace} is reserved or malformed"
    if not 1 <= len(dimensions) <= MOST_DIMENSIONS or not all(dimensions.values()):
        return f"1 to {MOST_DIMENSIONS} dimensions, none of them empty"
    if not metric["datapoints"]:
        return "no datapoints"
    if any(
        not now - PAST <= moment(point["timestamp"]) <= now + FUTURE
        for point in metric["datapoints"]
    ):
        return "a timestamp is more than 2 hours old or more than 10 minutes ahead"
    return ""


SERVICE = Service(
    name="monitoring",
    clients=("MonitoringClient",),
    kinds=(
        Kind(
            name="Alarm",
            word="alarm",
            life=Life(start="", ready="ACTIVE", ending="DELETING", gone="DELETED", create=0),
            filters={"compartmentIdInSubtree": None},
            before_create=prepare_alarm,
            before_update=recheck_alarm,
            before_delete=forget_alarm,
        ),
        Kind(
            name="AlarmSuppression",
            word="alarmsuppression",
            life=Life(start="", ready="ACTIVE", ending="", gone="DELETED", create=0, delete=0),
            filters={
                "alarmId": lambda record, value: (
                    record.body["alarmSuppressionTarget"].get("alarmId") == value
                ),
                "targetType": lambda record, value: (
                    record.body["alarmSuppressionTarget"]["targetType"] == value
                ),
                "compartmentIdInSubtree": None,
                "isAllSuppressions": None,
            },
            before_create=alarm_evaluation.prepare_suppression,
        ),
    ),
    operations={
        "remove_alarm_suppression": remove_suppression,
        "list_alarms_status": list_alarms_status,
        "get_alarm_history": get_alarm_history,
        "retrieve_dimension_states": retrieve_dimension_states,
        "list_metrics": list_metrics,
        "summarize_metrics_data": summarize_metrics_data,
        "post_metric_data": post_metric_data,
    },
    start=start,
    stop=whole.close,
)
