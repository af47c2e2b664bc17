"""PostgreSQL: backups on demand, configurations of one's own beside those that every tenancy
has.
"""

from __future__ import annotations

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment
from sandbox.oci.engine import Engine
from sandbox.oci.services import psql_checks as checks
from sandbox.oci.services import psql_databases
from sandbox.oci.store import Record
from sandbox.oci.tenancy import HOME, ocid

COPY_SECONDS = 3.0


def usable_backup(call: Call, backup: str) -> Record:
    """Return a backup that is complete."""
    found = call.find("Backup", backup)
    if found.body["lifecycleState"] != "ACTIVE":
        raise errors.incorrect_state(f"The backup {backup} is {found.body['lifecycleState']}.")
    return found


def check_moment(call: Call, system: Record, given: str) -> None:
    """Refuse a moment to which a system cannot be put back."""
    if not system.created <= moment(given) <= call.now:
        raise errors.invalid("timeToRestore must lie between the system's creation and now.")
    psql_databases.check_moment_kept(call.engine)


def back_up(call: Call, record: Record) -> None:
    system = call.find("DbSystem", record.body["dbSystemId"])
    if system.body["lifecycleState"] != "ACTIVE":
        raise errors.incorrect_state(f"The system {system.id} is {system.body['lifecycleState']}.")
    if (
        record.body.get("retentionPeriod") is not None
        and not 1 <= record.body["retentionPeriod"] <= 365
    ):
        raise errors.invalid("retentionPeriod must lie between 1 and 365 days.")
    details = {name: system.body.get(name) for name in ("systemType", "dbVersion", "configId")}
    record.body |= {
        "sourceType": "MANUAL",
        "backupSize": 1,
        "dbSystemDetails": details,
        "copyStatus": [],
    }
    record.body["timeCreatedPrecise"] = record.body["timeCreated"]
    psql_databases.back_up(call.engine, system, record)


def copy(call: Call) -> None:
    """Copy a backup to other regions."""
    backup = usable_backup(call, call.target("Backup").id)
    copies = [
        {"region": name, "state": "COPIED", "backupId": ocid("postgresqlbackup", HOME)}
        for name in call.body["regions"]
    ]
    backup.body["copyStatus"] = [*backup.body["copyStatus"], *copies]
    call.save(backup)
    resource = {"entityType": "backup", "actionType": "UPDATED", "identifier": backup.id}
    call.work_request("UPDATE_POSTGRESQL_DB_SYSTEM_BACKUP", [resource], COPY_SECONDS)


def configure(call: Call, record: Record) -> None:
    body = record.body
    if body["dbVersion"] not in checks.VERSIONS:
        raise errors.invalid(f"dbVersion must be one of {', '.join(checks.VERSIONS)}.")
    body.setdefault("shape", checks.FLEXIBLE[0])
    body |= {"configType": "CUSTOM", "isFlexible": True, "compatibleShapes": [*checks.FLEXIBLE]}
    body |= {
        name: body.get(name) or least
        for name, least in (("instanceOcpuCount", 0), ("instanceMemorySizeInGBs", 0))
    }
    body["defaultConfigId"] = default_of(call.engine, body["dbVersion"])
    body["configurationDetails"] = {"items": call.body["dbConfigurationOverrides"]["items"]}


def default_of(engine: Engine, version: str) -> str:
    """Return the configuration that a system of a version has when none is named."""
    found = engine.store.all("psql.DefaultConfiguration")
    return next((record.id for record in found if record.body["dbVersion"] == version), "")


def sow(engine: Engine) -> None:
    """Every tenancy has a default configuration per version."""
    for version in checks.VERSIONS:
        body = {
            "displayName": f"PostgreSQL {version} default",
            "dbVersion": version,
            "shape": checks.FLEXIBLE[0],
            "isFlexible": True,
        }
        body |= {
            "instanceOcpuCount": 0,
            "instanceMemorySizeInGBs": 0,
            "compatibleShapes": [*checks.FLEXIBLE],
        }
        body["configurationDetails"] = {
            "items": [
                {"configKey": "max_connections", "defaultConfigValue": "512", "dataType": "integer"}
            ]
        }
        engine.store.put(engine.new_record("psql.DefaultConfiguration", body))
