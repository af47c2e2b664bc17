"""PostgreSQL: database systems, their backups and configurations; there is no database behind them
to connect to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.service import CREATED, Body, Kind, Life, Service, WorkRequestFamily
from sandbox.oci.services import private_ca, psql_backups, psql_metrics, vnics
from sandbox.oci.services import psql_checks as checks
from sandbox.oci.store import Record
from sandbox.oci.tenancy import HOME, ocid

PORT, WORK_SECONDS = 5432, 3.0
_SELECTED = re.compile(r"^instances\[\?\s*id\s*==\s*['\"`](?P<id>[\w.-]+)['\"`]\s*\]$")


def prepare(call: Call, record: Record) -> None:
    """Check what a new system is made of, and give it its addresses."""
    body, given = record.body, call.body
    source = body.setdefault("source", {"sourceType": "NONE"})
    _check_source(call, source, body["dbVersion"])
    body["shape"] = checks.full_shape(body["shape"])
    body |= checks.size(body)
    if (
        body["dbVersion"] not in checks.VERSIONS
        or body.get("systemType", "OCI_OPTIMIZED_STORAGE") != "OCI_OPTIMIZED_STORAGE"
    ):
        raise errors.invalid(
            f"dbVersion must be one of {', '.join(checks.VERSIONS)}, systemType"
            " OCI_OPTIMIZED_STORAGE."
        )
    checks.storage(body["storageDetails"])
    checks.subnet(call, body["networkDetails"])
    body["managementPolicy"] = checks.policy(given.get("managementPolicy") or {})
    if given.get("credentials"):
        checks.password(call, given["credentials"]["passwordDetails"])
        body["adminUsername"] = given["credentials"]["username"]
    elif source["sourceType"] == "NONE":
        raise errors.missing("body.credentials is required for a new database.")
    body |= {
        "systemType": "OCI_OPTIMIZED_STORAGE",
        "systemRole": "STANDALONE_DB_SYSTEM",
        "timeUpdated": body["timeCreated"],
    }
    body.setdefault("configId", psql_backups.default_of(call.engine, body["dbVersion"]))
    _place(call, record, given)


def _place(call: Call, record: Record, given: Body) -> None:
    details, count = given.get("instancesDetails") or [], given.get("instanceCount") or 1
    if not 1 <= count <= checks.MOST_INSTANCES or len(details) not in (0, count):
        raise errors.invalid(
            f"1 to {checks.MOST_INSTANCES} instances, and instancesDetails for each or none."
        )
    network = record.body["networkDetails"]
    record.hidden |= {"cards": {}, "ca": private_ca.make(record.body["displayName"], call.now)}
    wanted = network.get("primaryDbEndpointPrivateIp") or ""
    network["primaryDbEndpointPrivateIp"] = _attach(call, record, "primary", wanted)
    record.body["instances"] = []
    for number in range(count):
        _add_instance(call, record, details[number] if details else {})
    record.hidden["primary"] = record.body["instances"][0]["id"]


def _add_instance(call: Call, record: Record, details: Body) -> None:
    instance: Body = {
        "id": ocid("postgresqldbinstance", HOME),
        "timeCreated": call.engine.wire_now(),
        "lifecycleState": "CREATING",
    }
    instances = record.body["instances"]
    instance |= {
        "displayName": (
            details.get("displayName") or f"{record.body['displayName']}-{len(instances) + 1}"
        )
    }
    instance |= {
        "description": details.get("description"),
        "availabilityDomain": f"aXsB:{HOME.upper()}-AD-{len(instances) % 3 + 1}",
    }
    _attach(call, record, instance["id"], details.get("privateIp") or "")
    instances.append(instance)
    record.body["instanceCount"] = len(instances)


def _attach(call: Call, record: Record, name: str, wanted: str = "") -> str:
    body = record.body
    network, zone = (
        body["networkDetails"],
        body["storageDetails"].get("availabilityDomain") or f"aXsB:{HOME.upper()}-AD-1",
    )
    card = vnics.attach(
        call.engine,
        subnet=network["subnetId"],
        compartment=body["compartmentId"],
        name=body["displayName"],
        availability_domain=zone,
        groups=network.get("nsgIds") or [],
        wanted=wanted,
    )
    record.hidden["cards"][name] = [card.id, card.body["privateIp"]]
    return str(card.body["privateIp"])


def leave(engine: Engine, record: Record) -> None:
    """Give the addresses back."""
    for name in [*record.hidden["cards"]]:
        _detach(engine, record, name)


def _detach(engine: Engine, record: Record, name: str) -> None:
    card = engine.store.get("core.Vnic", record.hidden["cards"].pop(name)[0])
    if card:
        engine.retire(card, 0)


def _check_source(call: Call, source: Body, version: str) -> None:
    if source["sourceType"] == "DB_SYSTEM":
        raise errors.not_implemented("Standby systems are not simulated.")
    if source["sourceType"] == "BACKUP":
        backup = psql_backups.usable_backup(call, source["backupId"])
        if backup.body["dbSystemDetails"]["dbVersion"] != version:
            raise errors.invalid(
                f"The backup is of version {backup.body['dbSystemDetails']['dbVersion']}."
            )
    if source["sourceType"] == "POINT_IN_TIME_DB_SYSTEM":
        _check_moment(call, call.find("DbSystem", source["dbSystemId"]), source["timeToRestore"])


def _check_moment(call: Call, system: Record, given: str) -> None:
    if not system.created <= moment(given) <= call.now:
        raise errors.invalid("timeToRestore must lie between the system's creation and now.")


def change(call: Call, record: Record, changes: Body) -> None:
    """Nested details are merged; what the answer does not show by the request's name is put where
    it belongs.
    """
    body = record.body
    if body["lifecycleState"] != "ACTIVE":
        raise errors.incorrect_state(f"The system is {body['lifecycleState']}.")
    if checks.SIZE & changes.keys():
        missing = sorted(checks.SIZE - changes.keys())
        if missing:
            raise errors.invalid(f"A change of size names {', '.join(missing)} too.")
        changes["shape"] = checks.full_shape(changes["shape"])
        changes |= checks.size(changes)
    if changes.get("managementPolicy"):
        changes["managementPolicy"] = checks.policy(
            {**body["managementPolicy"], **changes["managementPolicy"]}
        )
    for name in ("storageDetails", "networkDetails"):
        if changes.get(name):
            changes[name] = {**body[name], **changes[name]}
    if chosen := changes.pop("dbConfigurationParams", None):
        changes["configId"] = _configuration(call, chosen["configId"])


def _configuration(call: Call, given: str) -> str:
    if given.startswith("ocid1.postgresqldefaultconfiguration."):
        return call.find("DefaultConfiguration", given).id
    return call.find("Configuration", given).id


def act(call: Call) -> None:
    """Start, stop, restart, fail over, patch, restore in place, reset the password: the same way
    through UPDATING.
    """
    record = call.target("DbSystem")
    needs, after = _WAYS.get(call.operation.name, ("ACTIVE", "ACTIVE"))
    if record.body["lifecycleState"] != needs:
        raise errors.incorrect_state(f"The system is {record.body['lifecycleState']}.")
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
        _check_moment(call, record, at)
    elif psql_backups.usable_backup(call, backup).body["dbSystemId"] != record.id:
        raise errors.invalid("The backup is of another system.")
    record.hidden["restored"] = backup or at


def _fail_over(call: Call, record: Record) -> None:
    others = [
        item["id"] for item in record.body["instances"] if item["id"] != record.hidden["primary"]
    ]
    chosen = call.body.get("dbInstanceId") or next(iter(others), "")
    if chosen not in others:
        raise errors.invalid("There is no other instance to fail over to.")
    record.hidden["primary"] = chosen


def _restart(call: Call, record: Record) -> None:
    if call.body["dbInstanceId"] not in {item["id"] for item in record.body["instances"]}:
        raise errors.not_found(f"instance {call.body['dbInstanceId']}")


def _patch(call: Call, record: Record) -> None:
    """Add and remove instances, which is all that a patch is for here."""
    for item in call.body.get("items") or []:
        found = _SELECTED.match(item["selection"])
        if item["operation"] == "INSERT" and item["selection"] == "instances":
            if record.body["instanceCount"] >= checks.MOST_INSTANCES:
                raise errors.invalid(f"A system has at most {checks.MOST_INSTANCES} instances.")
            _add_instance(call, record, item.get("value") or {})
        elif item["operation"] == "REMOVE" and found:
            _remove_instance(call, record, found["id"])
        else:
            raise errors.not_implemented(
                f"A patch that says {item['operation']} {item['selection']} is not simulated."
            )


def _remove_instance(call: Call, record: Record, instance: str) -> None:
    left = [item for item in record.body["instances"] if item["id"] != instance]
    if len(left) == record.body["instanceCount"]:
        raise errors.not_found(f"instance {instance}")
    if instance == record.hidden["primary"]:
        raise errors.invalid("The primary instance cannot be removed.")
    record.body |= {"instances": left, "instanceCount": len(left)}
    _detach(call.engine, record, instance)


def connection(call: Call) -> Body:
    """Where a client inside the VCN finds the database, and the CA that vouches for it."""
    record = call.target("DbSystem")
    if record.body["lifecycleState"] not in {"ACTIVE", "UPDATING", "INACTIVE"}:
        raise errors.incorrect_state(f"The system is {record.body['lifecycleState']}.")
    cards = record.hidden["cards"]
    places = {
        name: {"fqdn": _name(record, name), "ipAddress": ip, "port": PORT}
        for name, (_, ip) in cards.items()
    }
    instances = [
        {"dbInstanceId": item["id"], "endpoint": places[item["id"]]}
        for item in record.body["instances"]
    ]
    shown = {
        "caCertificate": record.hidden["ca"],
        "primaryDbEndpoint": places["primary"],
        "instanceEndpoints": instances,
    }
    if record.body["networkDetails"].get("isReaderEndpointEnabled"):
        last = places[record.body["instances"][-1]["id"]]
        shown["readerEndpoint"] = {**last, "fqdn": _name(record, "reader")}
    return shown


def _name(record: Record, role: str) -> str:
    head = role if role in ("primary", "reader") else f"node-{role[-12:]}"
    return f"{head}.{record.id[-12:]}.postgresql.{HOME}.oci.oraclecloud.com"


def primary(call: Call) -> Body:
    """Which instance takes the writes."""
    return {"dbInstanceId": call.target("DbSystem").hidden["primary"]}


def pitr(call: Call) -> Body:
    """To which moments the system can be put back."""
    record = call.target("DbSystem")
    active = (record.body["managementPolicy"].get("pitrPolicy") or {}).get("kind") == "STANDARD"
    window = {
        "timeRecoveryWindowStart": wire(record.created),
        "timeRecoveryWindowEnd": wire(call.now),
    }
    return {
        "pitrState": "ACTIVE" if active else "INACTIVE",
        "recoveryTimeWindows": [window] if active else [],
    }


def show(engine: Engine, record: Record) -> Body:
    """Instances go with their system."""
    state = record.body["lifecycleState"]
    return {
        "instances": [{**item, "lifecycleState": state} for item in record.body["instances"]],
        "shape": record.body["shape"].removeprefix(checks.PREFIX),
    }


_WAYS = {"start_db_system": ("INACTIVE", "ACTIVE"), "stop_db_system": ("ACTIVE", "INACTIVE")}
_ACTS: dict[str, Callable[[Call, Record], None]] = {
    "restore_db_system": _restore,
    "failover_db_system": _fail_over,
    "restart_db_instance_in_db_system": _restart,
    "patch_db_system": _patch,
    "reset_master_user_password": lambda call, record: checks.password(
        call, call.body["passwordDetails"]
    ),
}
_REFERENCES: dict[str, str | tuple[str, ...]] = {
    "networkDetails.subnetId": "core.Subnet",
    "networkDetails.nsgIds": "core.NetworkSecurityGroup",
    "storageDetails.kmsKeyId": "key_management.Key",
    "configId": ("Configuration", "DefaultConfiguration"),
}
_SETTLED = Life(start="", ready="ACTIVE", ending="DELETING", gone="DELETED", create=0)


def _work(thing: str) -> dict[str, str]:
    return {
        verb: f"{word}_POSTGRESQL_{thing}"
        for verb, word in (
            ("create", "CREATE"),
            ("update", "UPDATE"),
            ("delete", "DELETE"),
            ("move", "MOVE"),
        )
    }


KINDS = (
    Kind(
        name="DbSystem",
        word="postgresqldbsystem",
        life=replace(
            CREATED,
            changing="UPDATING",
            resting=("INACTIVE", "FAILED", "NEEDS_ATTENTION"),
            create=8,
            update=3,
            delete=4,
        ),
        references=_REFERENCES,
        filters={"excludedFields": None},
        work_requests=_work("DB_SYSTEM"),
        before_create=prepare,
        before_update=change,
        on={"DELETED": leave},
        present=show,
    ),
    Kind(
        name="Backup",
        word="postgresqlbackup",
        life=replace(CREATED, create=3, delete=1),
        filters={
            "backupId": lambda record, value: record.id == value,
            "backupSourceType": lambda record, value: record.body["sourceType"] == value,
            "timeStarted": lambda record, value: record.created >= moment(value),
            "timeEnded": lambda record, value: record.created <= moment(value),
        },
        work_requests={
            verb: word for verb, word in _work("DB_SYSTEM_BACKUP").items() if verb != "update"
        },
        before_create=psql_backups.back_up,
    ),
    Kind(
        name="Configuration",
        word="postgresqlconfiguration",
        life=_SETTLED,
        filters={"configurationId": lambda record, value: record.id == value},
        before_create=psql_backups.configure,
    ),
    Kind(
        name="DefaultConfiguration",
        word="postgresqldefaultconfiguration",
        life=_SETTLED,
        regional=False,
        filters={"configurationId": lambda record, value: record.id == value},
    ),
)

SERVICE = Service(
    name="psql",
    clients=("PostgresqlClient",),
    kinds=KINDS,
    operations={
        **dict.fromkeys((*_WAYS, *_ACTS), act),
        "get_connection_details": connection,
        "get_primary_db_instance": primary,
        "get_pitr_details": pitr,
        "backup_copy": psql_backups.copy,
        "list_shapes": lambda call: [
            item for item in checks.shapes() if call.query.get("id") in (None, item["id"])
        ],
    },
    work_request=WorkRequestFamily(waits=True),
    seed=psql_backups.sow,
    start=psql_metrics.start,
    stop=whole.close,
)
