"""Container Instances: each container is a real process; what it does in time is in
container_life.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.service import STATELESS, Body, Kind, Service
from sandbox.oci.services import (
    container_breaking,
    container_life,
    container_metrics,
    container_ways,
    vnics,
)
from sandbox.oci.store import Record

SHAPES = {  # name: (processor, most OCPUs, most GB)
    "CI.Standard.E3.Flex": ("2.25 GHz AMD EPYC 7742 (Rome)", 64, 1024),
    "CI.Standard.E4.Flex": ("2.55 GHz AMD EPYC 7J13 (Milan)", 64, 1024),
    "CI.Standard.A1.Flex": ("3.0 GHz Ampere Altra", 76, 488),
}
GB_PER_OCPU, LARGEST_ENVIRONMENT, MOST_VOLUMES = 64, 64 * 1024, 32
CHECK_DEFAULTS = {
    "initialDelayInSeconds": 0,
    "intervalInSeconds": 10,
    "timeoutInSeconds": 3,
    "failureThreshold": 3,
    "successThreshold": 1,
    "failureAction": "KILL",
    "status": "UNKNOWN",
}


def prepare_instance(call: Call, record: Record) -> None:
    """Check what OCI checks before it accepts; that the image is there shows later, as in OCI."""
    body, given = record.body, call.body
    _check_shape(body)
    _check_capacity(call, body)
    if len(given["vnics"]) != 1:
        raise errors.invalid("A container instance has exactly one VNIC.")
    if not given["containers"]:
        raise errors.invalid("A container instance has at least one container.")
    for container in given["containers"]:
        _check_container(container)
    if len(given.get("volumes") or []) > MOST_VOLUMES:
        raise errors.limit_exceeded(f"At most {MOST_VOLUMES} volumes.")
    body.setdefault("containerRestartPolicy", "ALWAYS")
    body.setdefault("gracefulShutdownTimeoutInSeconds", 30)
    body.setdefault("faultDomain", "FAULT-DOMAIN-1")
    body |= {
        "volumeCount": len(given.get("volumes") or []),
        "containerCount": len(given["containers"]),
    }
    body |= {"timeUpdated": body["timeCreated"], "lifecycleDetails": ""}
    body["vnics"] = [{"vnicId": _attach(call, record, given["vnics"][0])}]
    body["containers"] = []
    record.hidden = {"wanted": given["containers"]}


def make_containers(call: Call, record: Record) -> None:
    for at, given in enumerate(record.hidden.pop("wanted"), start=1):
        container = call.create("Container", {**_container(given), **_inherited(record, given, at)})
        record.body["containers"].append(
            {"containerId": container.id, "displayName": container.body["displayName"]}
        )
    call.save(record)
    container_life.order(call, record, "create")


def end_instance(call: Call, record: Record) -> None:
    """Begin to end the processes; the records follow when the time of the deletion is up."""
    container_life.begin_end(call.engine, record)


def switch(call: Call) -> None:
    """Start, stop or restart, by the operation's name."""
    verb = call.operation.name.partition("_")[0]
    record = call.target("ContainerInstance")
    wanted = ("INACTIVE",) if verb == "start" else ("ACTIVE",)
    if record.body["lifecycleState"] not in wanted:
        raise errors.incorrect_state(
            f"The container instance is {record.body['lifecycleState']}, it must be {wanted[0]} to"
            f" {verb}."
        )
    record.body["lifecycleState"] = "UPDATING"
    call.save(record)
    if verb == "start":
        container_life.move(call.engine, record)
    container_life.order(call, record, verb)


def retrieve_logs(call: Call) -> bytes:
    record = call.find("Container", call.path["containerId"])
    container = whole.of(call.engine).containers.get(record.id)
    log = container.log(previous=call.query.get("isPrevious") == "true") if container else b""
    fault = call.engine.faults.meet(call.operation, "log")
    if fault is None:
        return log
    return log[: len(log) // 2] if fault.kind == "cut_log" else b""


def list_shapes(call: Call) -> list[Body]:
    return [
        {
            "name": name,
            "processorDescription": processor,
            "ocpuOptions": {"min": 1.0, "max": float(ocpus)},
            "memoryOptions": {
                "minInGBs": 1.0,
                "defaultPerOcpuInGBs": 16.0,
                "maxInGBs": float(memory),
            },
            "networkingBandwidthOptions": {
                "minInGbps": 1.0,
                "maxInGbps": 40.0,
                "defaultPerOcpuInGbps": 1.0,
            },
        }
        for name, (processor, ocpus, memory) in SHAPES.items()
    ]


def _check_shape(body: Body) -> None:
    if body["shape"] not in SHAPES:
        raise errors.invalid(
            f"The shape {body['shape']} does not exist; there are {', '.join(SHAPES)}."
        )
    processor, most, memory = SHAPES[body["shape"]]
    config = body["shapeConfig"] = dict(body["shapeConfig"])
    config.setdefault("memoryInGBs", min(16.0 * config["ocpus"], memory))
    if not 1 <= config["ocpus"] <= most:
        raise errors.invalid(f"ocpus must lie between 1 and {most} for {body['shape']}.")
    if not 1 <= config["memoryInGBs"] <= min(memory, GB_PER_OCPU * config["ocpus"]):
        raise errors.invalid(
            f"memoryInGBs must lie between 1 and {min(memory, GB_PER_OCPU * config['ocpus']):g}."
        )
    config |= {
        "processorDescription": processor,
        "networkingBandwidthInGbps": float(min(40, config["ocpus"])),
    }


def _check_capacity(call: Call, body: Body) -> None:
    """Each availability domain has free hardware, unless the control port says how much."""
    domain = body["availabilityDomain"]
    most = call.engine.limits.get(f"ContainerInstance@{domain}")
    there = [
        one
        for one in call.engine.store.living("container_instances.ContainerInstance")
        if one.body["availabilityDomain"] == domain
    ]
    if most is not None and len(there) >= most:
        raise errors.ServiceError(500, "InternalError", "Out of host capacity.")


def _check_container(given: Body) -> None:
    if len(json.dumps(given.get("environmentVariables") or {})) > LARGEST_ENVIRONMENT:
        raise errors.invalid("All environment variables together must not exceed 64 KB.")
    if len(json.dumps(given.get("arguments") or [])) > LARGEST_ENVIRONMENT:
        raise errors.invalid("All arguments together must not exceed 64 KB.")
    for check in given.get("healthChecks") or []:
        if check["healthCheckType"] == "HTTP" and not check["path"].startswith("/"):
            raise errors.invalid("The path of a health check must start with a slash.")


def _attach(call: Call, record: Record, given: Body) -> str:
    card = vnics.attach(
        call.engine,
        subnet=given["subnetId"],
        compartment=record.body["compartmentId"],
        name=given.get("displayName") or record.body["displayName"],
        availability_domain=record.body["availabilityDomain"],
        groups=given.get("nsgIds") or [],
        public=given.get("isPublicIpAssigned"),
        wanted=given.get("privateIp") or "",
    )
    card.hidden |= {"owner": record.id, "chosen": bool(given.get("privateIp"))}
    return call.save(card).id


def _container(given: Body) -> Body:
    checks = [
        {
            **CHECK_DEFAULTS,
            "name": f"check-{at}",
            **{name: value for name, value in check.items() if value is not None},
        }
        for at, check in enumerate(given.get("healthChecks") or [], start=1)
    ]
    return {**given, "healthChecks": checks}


def _inherited(instance: Record, given: Body, at: int) -> Body:
    names = ("compartmentId", "availabilityDomain", "faultDomain", "timeCreated", "timeUpdated")
    return {
        **{name: instance.body[name] for name in names},
        "displayName": given.get("displayName") or f"{instance.body['displayName']}-{at}",
        "containerInstanceId": instance.id,
        "lifecycleState": "CREATING",
        "lifecycleDetails": "",
        "containerRestartAttemptCount": 0,
        "isResourcePrincipalDisabled": bool(given.get("isResourcePrincipalDisabled")),
    }


def touch(call: Call, record: Record, changes: dict[str, Any]) -> None:
    if record.body["lifecycleState"] in ("DELETING", "DELETED"):
        raise errors.incorrect_state(f"{record.id} is {record.body['lifecycleState']}.")


def begin(engine: Engine) -> None:
    """Run again what ran before a restart, then measure it for ever."""
    container_life.restore(engine)
    container_metrics.start(engine)


SERVICE = Service(
    name="container_instances",
    clients=("ContainerInstanceClient",),
    kinds=(
        Kind(
            name="ContainerInstance",
            word="computecontainerinstance",
            life=container_life.LIFE,
            references={"vnics.subnetId": "core.Subnet"},
            work_requests={
                "update": "UPDATE_CONTAINER_INSTANCE",
                "delete": "DELETE_CONTAINER_INSTANCE",
                "move": "MOVE_CONTAINER_INSTANCE",
            },
            before_create=prepare_instance,
            after_create=make_containers,
            before_delete=end_instance,
            on={"DELETED": container_life.forget},
        ),
        Kind(
            name="Container",
            word="computecontainer",
            life=STATELESS,
            work_requests={"update": "UPDATE_CONTAINER"},
            before_update=touch,
            present=container_life.present,
        ),
    ),
    operations={
        "start_container_instance": switch,
        "stop_container_instance": switch,
        "restart_container_instance": switch,
        "retrieve_logs": retrieve_logs,
        "list_container_instance_shapes": list_shapes,
    },
    cut_off=container_ways.cut_off,
    completions={"ordered": container_life.check_outcome},
    control={
        "POST /break": container_breaking.break_container,
        "GET /containers": container_breaking.overview,
    },
    start=begin,
    stop=whole.close,
)
