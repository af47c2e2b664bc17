"""What is done to PostgreSQL systems as they run: restart, failover, restore, more instances."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.services import psql_backups, psql_databases, psql_places
from sandbox.oci.services import psql_checks as checks
from sandbox.oci.store import Record

WORK_SECONDS = 3.0
_SELECTED = re.compile(r"^instances\[\?\s*id\s*==\s*['\"`](?P<id>[\w.-]+)['\"`]\s*\]$")


def act(call: Call) -> None:
    """Start, stop, restart, fail over, patch, restore in place, reset the password: the same way
    through UPDATING.
    """
    record = call.target("DbSystem")
    needs, after = _WAYS.get(call.operation.name, ("ACTIVE", "ACTIVE"))
    if record.body["lifecycleState"] != needs:
        raise errors.incorrect_state(f"The system is {record.body['lifecycleState']}.")
    if call.operation.name in _WAYS:
        psql_databases.interrupt(call.engine, record)
    if call.operation.name in _ACTS:
        _ACTS[call.operation.name](call, record)
    record.body |= {"lifecycleState": "UPDATING", "timeUpdated": call.engine.wire_now()}
    call.schedule(record, WORK_SECONDS, {"lifecycleState": after})
    resource = {"entityType": "dbsystem", "actionType": "UPDATED", "identifier": record.id}
    call.work_request("UPDATE_POSTGRESQL_DB_SYSTEM", [resource], WORK_SECONDS)


def _restore(call: Call, record: Record) -> None:
    """Put an earlier state back, in place."""
    backup, at = call.body.get("backupId"), call.body.get("timeToRestore")
    if bool(backup) == bool(at):
        raise errors.invalid("Give either backupId or timeToRestore.")
    if at:
        psql_backups.check_moment(call, record, at)
    elif psql_backups.usable_backup(call, backup).body["dbSystemId"] != record.id:
        raise errors.invalid("The backup is of another system.")
    record.hidden["restored"] = backup or at
    psql_databases.interrupt(call.engine, record)
    psql_databases.restore(call.engine, record, backup, foreign=False)


def _fail_over(call: Call, record: Record) -> None:
    others = [
        item["id"] for item in record.body["instances"] if item["id"] != record.hidden["primary"]
    ]
    chosen = call.body.get("dbInstanceId") or next(iter(others), "")
    if chosen not in others:
        raise errors.invalid("There is no other instance to fail over to.")
    record.hidden["primary"] = chosen
    psql_databases.interrupt(call.engine, record)


def _restart(call: Call, record: Record) -> None:
    if call.body["dbInstanceId"] not in {item["id"] for item in record.body["instances"]}:
        raise errors.not_found(f"instance {call.body['dbInstanceId']}")
    if call.body["dbInstanceId"] == record.hidden["primary"]:
        psql_databases.interrupt(call.engine, record)


def _patch(call: Call, record: Record) -> None:
    """Add and remove instances, which is all that a patch is for here."""
    for item in call.body.get("items") or []:
        found = _SELECTED.match(item["selection"])
        if item["operation"] == "INSERT" and item["selection"] == "instances":
            if record.body["instanceCount"] >= checks.MOST_INSTANCES:
                raise errors.invalid(f"A system has at most {checks.MOST_INSTANCES} instances.")
            psql_places.add_instance(call, record, item.get("value") or {})
        elif item["operation"] == "REMOVE" and found:
            _remove_instance(call, record, found["id"])
        else:
            raise errors.not_implemented(
                f"A patch that says {item['operation']} {item['selection']} is not simulated."
            )
    call.save(record)
    psql_databases.refresh(call.engine, record)


def _remove_instance(call: Call, record: Record, instance: str) -> None:
    left = [item for item in record.body["instances"] if item["id"] != instance]
    if len(left) == record.body["instanceCount"]:
        raise errors.not_found(f"instance {instance}")
    if instance == record.hidden["primary"]:
        raise errors.invalid("The primary instance cannot be removed.")
    record.body |= {"instances": left, "instanceCount": len(left)}
    psql_databases.close_ways(call.engine, record.hidden["cards"][instance][0])
    psql_places.detach(call.engine, record, instance)


def _reset_password(call: Call, record: Record) -> None:
    checks.password(call, call.body["passwordDetails"])
    psql_databases.set_login(call, record, call.body["passwordDetails"])


_WAYS = {"start_db_system": ("INACTIVE", "ACTIVE"), "stop_db_system": ("ACTIVE", "INACTIVE")}
_ACTS: dict[str, Callable[[Call, Record], None]] = {
    "restore_db_system": _restore,
    "failover_db_system": _fail_over,
    "restart_db_instance_in_db_system": _restart,
    "patch_db_system": _patch,
    "reset_master_user_password": _reset_password,
}
NAMES = (*_WAYS, *_ACTS)
