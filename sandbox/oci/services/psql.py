"""PostgreSQL: database systems, their backups and configurations.

`psql_databases` has the databases behind them, `psql_places` their names and addresses.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.service import CREATED, Body, Kind, Life, Service, WorkRequestFamily
from sandbox.oci.services import (
    private_ca,
    psql_acts,
    psql_backups,
    psql_databases,
    psql_metrics,
    psql_places,
)
from sandbox.oci.services import psql_checks as checks
from sandbox.oci.store import Record


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
    elif source["sourceType"] == "BACKUP":
        body["adminUsername"] = call.find("Backup", source["backupId"]).hidden.get("admin", "")
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
    hosts = f"*.{psql_places.domain_of(record.id)}"
    issued = private_ca.make(record.body["displayName"], hosts, call.now)
    tls = [issued.certificate, issued.key]
    record.hidden |= {"cards": {}, "ca": issued.authority, "tls": tls}
    wanted = network.get("primaryDbEndpointPrivateIp") or ""
    network["primaryDbEndpointPrivateIp"] = psql_places.attach(
        call, record, psql_places.PRIMARY, wanted
    )
    record.body["instances"] = []
    for number in range(count):
        psql_places.add_instance(call, record, details[number] if details else {})
    record.hidden["primary"] = record.body["instances"][0]["id"]


def populate(call: Call, record: Record) -> None:
    """Give a new system its login, and the content that it is made from."""
    credentials, source = call.body.get("credentials"), record.body["source"]
    if credentials:
        psql_databases.set_login(call, record, credentials["passwordDetails"])
    if source["sourceType"] == "BACKUP":
        backup = call.find("Backup", source["backupId"])
        record.hidden.setdefault("verifier", backup.hidden.get("verifier", ""))
        psql_databases.restore(call.engine, record, backup.id, foreign=True)
    call.save(record)
    psql_databases.refresh(call.engine, record)


def leave(engine: Engine, record: Record) -> None:
    """Give back what a deleted system had: addresses and database."""
    for card, _ in record.hidden["cards"].values():
        psql_databases.close_ways(engine, card)
    psql_places.leave(engine, record)
    psql_databases.drop(engine, record)


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
        psql_backups.check_moment(
            call, call.find("DbSystem", source["dbSystemId"]), source["timeToRestore"]
        )


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
    if "nsgIds" in (call.body.get("networkDetails") or {}):
        groups = changes["networkDetails"].get("nsgIds") or []
        psql_places.regroup(call.engine, record, groups)
    if chosen := changes.pop("dbConfigurationParams", None):
        changes["configId"] = _configuration(call, chosen["configId"])
    if any(changes.get(name, body.get(name)) != body.get(name) for name in _RESTARTS):
        psql_databases.interrupt(call.engine, record)


def _configuration(call: Call, given: str) -> str:
    if given.startswith("ocid1.postgresqldefaultconfiguration."):
        return call.find("DefaultConfiguration", given).id
    return call.find("Configuration", given).id


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


_RESTARTS = ("shape", "instanceOcpuCount", "instanceMemorySizeInGBs", "configId")
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
        after_create=populate,
        before_update=change,
        before_delete=lambda call, record: psql_databases.interrupt(call.engine, record),
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
        on={"DELETED": psql_databases.forget_backup},
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


def begin(engine: Engine) -> None:
    """Clear away old databases, then measure the systems for ever."""
    psql_databases.begin(engine)
    psql_metrics.start(engine)


SERVICE = Service(
    name="psql",
    clients=("PostgresqlClient",),
    kinds=KINDS,
    operations={
        **dict.fromkeys(psql_acts.NAMES, psql_acts.act),
        "get_connection_details": psql_places.connection,
        "get_primary_db_instance": primary,
        "get_pitr_details": pitr,
        "backup_copy": psql_backups.copy,
        "list_shapes": lambda call: [
            item for item in checks.shapes() if call.query.get("id") in (None, item["id"])
        ],
    },
    work_request=WorkRequestFamily(waits=True),
    seed=psql_backups.sow,
    control={"GET /network": psql_databases.overview},
    start=begin,
    stop=whole.close,
)
