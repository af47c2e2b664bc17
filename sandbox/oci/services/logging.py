"""Logging: groups, service logs of other resources, custom logs that take entries."""

from __future__ import annotations

from dataclasses import replace

from sandbox.oci import errors, verbs
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.service import CREATED, Body, Filter, Kind, Service
from sandbox.oci.store import Record

SOURCES = {
    "loadbalancer": ("Load Balancers", "load_balancer.LoadBalancer", ("access", "error")),
    "objectstorage": ("Object Storage", "", ("read", "write")),
    "flowlogs": ("Virtual Cloud Network (subnets)", "core.Subnet", ("all",)),
}
KEPT_DAYS, STEP, MOST = 30, 30, 180


def list_services(call: Call) -> list[Body]:
    """The services that can write logs, with their categories."""
    return [
        {
            "name": name,
            "tenantId": call.engine.tenancy,
            "servicePrincipalName": name,
            "endpoint": "",
            "id": service,
            "resourceTypes": [
                {
                    "name": name,
                    "categories": [{"name": word, "displayName": word} for word in words],
                }
            ],
        }
        for service, (name, _, words) in SOURCES.items()
    ]


def list_log_groups(call: Call) -> list[Record]:
    """The groups of a compartment, and of those below it if asked."""
    if "isCompartmentIdInSubtree" in call.query:
        call.query["compartmentIdInSubtree"] = call.query.pop("isCompartmentIdInSubtree")
    return verbs.list_all(call)


def change_group(call: Call) -> None:
    """Move a log to another group."""
    record, group = call.target("Log"), call.find("LogGroup", call.body["targetLogGroupId"])
    record.body |= {"logGroupId": group.id, "compartmentId": group.body["compartmentId"]}
    call.save(record)
    call.work_request(
        "MOVE_LOG", [{"entityType": "log", "actionType": "UPDATED", "identifier": record.id}], 0.3
    )


def _group_made(call: Call, record: Record) -> None:
    record.body["timeLastModified"] = record.body["timeCreated"]


def _log_made(call: Call, record: Record) -> None:
    body = record.body
    group = call.find("LogGroup", body["logGroupId"])
    body |= {
        "compartmentId": group.body["compartmentId"],
        "tenancyId": call.engine.tenancy,
        "timeLastModified": body["timeCreated"],
    }
    source = (body.get("configuration") or {}).get("source")
    if (source is None) != (body["logType"] == "CUSTOM"):
        raise errors.invalid("A SERVICE log has a source, a CUSTOM log has none.")
    _check_kept(body)
    if source:
        _check_source(call, source)


def _check_source(call: Call, source: Body) -> None:
    """One log per service, resource and category."""
    if source["service"] not in SOURCES:
        raise errors.invalid(f"The service {source['service']} writes no logs; see list_services.")
    _, kind, categories = SOURCES[source["service"]]
    if source["category"] not in categories:
        raise errors.invalid(f"The categories of {source['service']} are {', '.join(categories)}.")
    if kind:
        call.find(kind, source["resource"])
    elif not call.records("object_storage.Bucket", name=source["resource"]):
        raise errors.not_found(f"bucket {source['resource']}")
    for other in call.records("Log"):
        if _identity((other.body.get("configuration") or {}).get("source")) == _identity(source):
            raise errors.conflict(
                f"The log {other.id} has this service, resource and category.", "LogAlreadyExists"
            )


def _identity(source: Body | None) -> tuple[str, ...]:
    return tuple(source[name] for name in ("service", "resource", "category")) if source else ()


def _check_kept(body: Body) -> None:
    days = body.get("retentionDuration")
    if days is not None and (days % STEP or not KEPT_DAYS <= days <= MOST):
        raise errors.invalid(
            f"retentionDuration must be {KEPT_DAYS} to {MOST} days in steps of {STEP}."
        )


def _log_changed(call: Call, record: Record, changes: Body) -> None:
    _check_kept(changes)
    asked = (changes.pop("configuration", None) or {}).get("source")
    if asked:  # nothing but the parameters of a source can change
        source = record.body["configuration"]["source"]
        source["parameters"] = asked.get("parameters") or source.get("parameters")
    if changes.get("isEnabled") is not None:
        record.body["lifecycleState"] = "ACTIVE" if changes["isEnabled"] else "INACTIVE"


def _log_ready(engine: Engine, record: Record) -> None:
    if not record.body["isEnabled"]:
        record.body["lifecycleState"] = "INACTIVE"


def _source_is(name: str) -> Filter:
    return lambda record, value: (
        ((record.body.get("configuration") or {}).get("source") or {}).get(name) == value
    )


def _work(thing: str) -> dict[str, str]:
    return {
        verb: f"{word}_{thing}"
        for verb, word in (
            ("create", "CREATE"),
            ("update", "UPDATE"),
            ("delete", "DELETE"),
            ("move", "MOVE"),
        )
    }


_LIFE = replace(
    CREATED,
    changing="UPDATING",
    resting=("INACTIVE",),
    create=0.5,
    update=0.3,
    delete=0.5,
    linger=0,
)

SERVICE = Service(
    name="logging",
    clients=("LoggingManagementClient",),
    kinds=(
        Kind(
            name="LogGroup",
            word="loggroup",
            life=_LIFE,
            unique=("compartmentId", "displayName"),
            work_requests=_work("LOG_GROUP"),
            before_create=_group_made,
        ),
        Kind(
            name="Log",
            word="log",
            life=_LIFE,
            parent="logGroupId",
            unique=("logGroupId", "displayName"),
            references={"logGroupId": "LogGroup"},
            defaults={"isEnabled": True, "retentionDuration": KEPT_DAYS},
            filters={
                "sourceService": _source_is("service"),
                "sourceResource": _source_is("resource"),
            },
            work_requests=_work("LOG"),
            before_create=_log_made,
            before_update=_log_changed,
            on={"ACTIVE": _log_ready},
        ),
    ),
    operations={
        "list_services": list_services,
        "list_log_groups": list_log_groups,
        "change_log_log_group": change_group,
    },
)
