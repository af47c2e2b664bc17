"""Entries of custom logs: what programs send, kept to be searched."""

from __future__ import annotations

import json
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.service import Body, Service

ENTRIES = "log-entries"
LARGEST, LONGEST_FIELD = 1_000_000, 10_000


def put_logs(call: Call) -> None:
    """Take the entries of some batches."""
    log = call.find("logging.Log", call.path["logId"])
    if log.body["logType"] != "CUSTOM":
        raise errors.invalid("Only a CUSTOM log takes entries.")
    if log.body["lifecycleState"] not in {"ACTIVE", "UPDATING"}:
        raise errors.incorrect_state(f"The log is {log.body['lifecycleState']}.")
    if call.body["specversion"] != "1.0":
        raise errors.invalid("specversion must be 1.0.")
    names = {
        "logid": log.id,
        "loggroupid": log.body["logGroupId"],
        "compartmentid": log.body["compartmentId"],
    }
    for batch in call.body["logEntryBatches"]:
        for entry in batch["entries"]:
            at = moment(entry.get("time") or batch["defaultlogentrytime"])
            call.engine.store.append(ENTRIES, log.id, at, _content(call, batch, entry, at, names))


def _content(call: Call, batch: Body, entry: Body, at: float, names: Body) -> Body:
    if len(entry["data"].encode()) >= LARGEST:
        raise errors.invalid(f"An entry has less than {LARGEST} bytes.")
    common = {name: batch[name] for name in ("source", "type", "subject") if batch.get(name)}
    oracle = {**names, "tenantid": call.engine.tenancy, "ingestedtime": call.engine.wire_now()}
    return {
        **common,
        "id": entry["id"],
        "time": wire(at),
        "specversion": "1.0",
        "data": _data(entry["data"]),
        "oracle": oracle,
    }


def _data(text: str) -> Any:
    """Return an object as it is, anything else as a message; long fields are cut."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    fields = found if isinstance(found, dict) else {"message": text}
    return {
        name: value[:LONGEST_FIELD] if isinstance(value, str) else value
        for name, value in fields.items()
    }


SERVICE = Service(
    name="loggingingestion",
    clients=("LoggingClient",),
    operations={"put_logs": put_logs},
    unaudited=("put_logs",),
)
