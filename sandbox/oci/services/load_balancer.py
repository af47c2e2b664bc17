"""Load balancers: one document each with named parts, changed one at a time by work requests;
traffic is in balancing.
"""

from __future__ import annotations

from typing import Any

from sandbox.oci import errors, work_requests
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.service import Body, Kind, Service, WorkRequestFamily
from sandbox.oci.services import balancer_ways, balancing
from sandbox.oci.services import balancing_parts as parts
from sandbox.oci.services.balancer_ways import BALANCER
from sandbox.oci.store import Record

CHANGE_SECONDS = 1.0
ENTITY = "loadBalancer"


def prepare(call: Call, record: Record) -> None:
    """Check the request, turn its nested parts into what the document holds."""
    body, given = record.body, call.body
    parts.check_shape(body["shapeName"], body.get("shapeDetails"))
    body.setdefault("isPrivate", False)
    body["isDeleteProtectionEnabled"] = bool(given.get("isDeleteProtectionEnabled"))
    body["backendSets"] = {
        name: parts.backend_set(name, value)
        for name, value in (given.get("backendSets") or {}).items()
    }
    body["listeners"] = {
        name: parts.listener(name, value) for name, value in (given.get("listeners") or {}).items()
    }
    for field in (
        "hostnames",
        "certificates",
        "ruleSets",
        "pathRouteSets",
        "routingPolicies",
        "sslCipherSuites",
    ):
        body[field] = {
            name: {"name": name, **value} for name, value in (given.get(field) or {}).items()
        }
    for key in body["subnetIds"]:
        subnet = call.find("core.Subnet", key)
        if not body["isPrivate"] and subnet.body["prohibitPublicIpOnVnic"]:
            raise errors.invalid(f"A public load balancer needs a public subnet, {key} is not.")
    balancer_ways.take_addresses(call.engine, record)
    body["ipAddresses"] = [{"ipAddress": "127.0.0.1", "isPublic": not body["isPrivate"]}]
    for listener in body["listeners"].values():
        parts.check_listener(body, listener)
    for part in (*body["listeners"].values(), *body["backendSets"].values()):
        parts.check_certificates(call, body, part)


def check_deletable(call: Call, record: Record) -> None:
    if record.body.get("isDeleteProtectionEnabled"):
        raise errors.conflict(
            "Delete protection is enabled on this load balancer.", "IncorrectState"
        )
    check_free(call, record)


def check_free(call: Call, record: Record) -> None:
    """One change at a time: a load balancer at work on one refuses the next."""
    for request in call.engine.store.all(work_requests.KEY):
        under_way = request.body["phase"] in ("ACCEPTED", "IN_PROGRESS", "FINISHING")
        if under_way and request.body.get("loadBalancerId") == record.id:
            raise errors.conflict(
                f"The load balancer is being changed by the work request {request.id}."
            )
    if record.body["lifecycleState"] != "ACTIVE":
        raise errors.incorrect_state(f"The load balancer is {record.body['lifecycleState']}.")


def update(call: Call) -> None:
    """Change name, tags and the like at once, as a work request all the same."""
    record = _free(call)
    changes = {name: value for name, value in call.body.items() if value is not None}
    _order(call, record, [[[name], value] for name, value in changes.items()])


def update_shape(call: Call) -> None:
    record = _free(call)
    parts.check_shape(call.body["shapeName"], call.body.get("shapeDetails"))
    _order(
        call,
        record,
        [
            [["shapeName"], call.body["shapeName"]],
            [["shapeDetails"], call.body.get("shapeDetails")],
        ],
    )


def update_groups(call: Call) -> None:
    record = _free(call)
    for group in call.body.get("networkSecurityGroupIds") or []:
        call.find("core.NetworkSecurityGroup", group)
    _order(
        call,
        record,
        [[["networkSecurityGroupIds"], call.body.get("networkSecurityGroupIds") or []]],
    )


def create_part(call: Call) -> None:
    """Add a backend set, listener, hostname and so on."""
    part, record = parts.PARTS[call.operation.name.removeprefix("create_")], _free(call)
    name = call.body[part.key]
    if name in record.body[part.field]:
        raise errors.already_exists(part.model, f"{part.model} {name} already exists.")
    value = part.make(name, call.body)
    part.check(record.body, value)
    parts.check_certificates(call, record.body, value)
    _order(call, record, [[[part.field, name], value]])


def update_part(call: Call) -> None:
    part, record = parts.PARTS[call.operation.name.removeprefix("update_")], _free(call)
    name, old = _named(call, record, part)
    value = part.make(
        name,
        {
            **part.kept(old),
            **{field: item for field, item in call.body.items() if item is not None},
        },
    )
    part.check(record.body, value)
    parts.check_certificates(call, record.body, value)
    _order(call, record, [[[part.field, name], value]])


def delete_part(call: Call) -> None:
    part, record = parts.PARTS[call.operation.name.removeprefix("delete_")], _free(call)
    name, _ = _named(call, record, part)
    part.release(record.body, name)
    _order(call, record, [[[part.field, name], None]])


def get_part(call: Call) -> Any:
    part, record = parts.PARTS[call.operation.name.removeprefix("get_")], _balancer(call)
    return _named(call, record, part)[1]


def list_parts(call: Call) -> list[Body]:
    part = parts.PARTS[call.operation.name.removeprefix("list_").removesuffix("s")]
    return list(_balancer(call).body[part.field].values())


def create_backend(call: Call) -> None:
    record = _free(call)
    chosen = _set(call, record)
    backend = parts.backend(call.body)
    if any(other["name"] == backend["name"] for other in chosen["backends"]):
        raise errors.already_exists("Backend", f"Backend {backend['name']} already exists.")
    _order_backends(call, record, chosen, [*chosen["backends"], backend])


def update_backend(call: Call) -> None:
    record = _free(call)
    chosen, old = _set(call, record), _backend(call, record)
    changed = parts.backend(
        {**old, **{name: value for name, value in call.body.items() if value is not None}}
    )
    _order_backends(
        call,
        record,
        chosen,
        [changed if item["name"] == old["name"] else item for item in chosen["backends"]],
    )


def delete_backend(call: Call) -> None:
    record = _free(call)
    chosen, old = _set(call, record), _backend(call, record)
    _order_backends(
        call, record, chosen, [item for item in chosen["backends"] if item["name"] != old["name"]]
    )


def list_backends(call: Call) -> list[Body]:
    return list(_set(call, _balancer(call))["backends"])


def get_backend(call: Call) -> Body:
    return _backend(call, _balancer(call))


def update_health_checker(call: Call) -> None:
    record = _free(call)
    chosen = _set(call, record)
    _order(
        call,
        record,
        [[["backendSets", chosen["name"], "healthChecker"], parts.health_checker(call.body)]],
    )


def get_health_checker(call: Call) -> Body:
    return dict(_set(call, _balancer(call))["healthChecker"])


def get_backend_health(call: Call) -> Body:
    record = _balancer(call)
    return balancing.backend_health(
        call.engine, record, _set(call, record)["name"], _backend(call, record)["name"]
    )


def get_backend_set_health(call: Call) -> Body:
    record = _balancer(call)
    return balancing.set_health(call.engine, record, _set(call, record)["name"])


def get_load_balancer_health(call: Call) -> Body:
    return balancing.health(call.engine, _balancer(call))


def list_load_balancer_healths(call: Call) -> list[Body]:
    records = call.records("LoadBalancer", compartmentId=call.query["compartmentId"])
    return [
        {"loadBalancerId": record.id, "status": balancing.health(call.engine, record)["status"]}
        for record in records
    ]


def apply(engine: Engine, request: Record) -> None:
    """Make a change when its work request ends; a port that cannot be opened fails it and leaves
    everything as it was.
    """
    record = engine.store.get(BALANCER, request.body["loadBalancerId"])
    if record is None or record.gone:
        return
    for path, value in request.hidden["payload"]["changes"]:
        _put(record.body, path, value)
    words = balancing.sync(engine, record)
    if words:
        balancing.sync_all(engine)  # back to what the store still says
        raise errors.conflict(words)
    engine.store.put(record)


def become_active(engine: Engine, record: Record) -> None:
    words = balancing.sync(engine, record)
    if words:
        record.body["lifecycleState"] = "FAILED"
        record.hidden["failure"] = words


def check_created(engine: Engine, request: Record) -> None:
    record = engine.store.get(BALANCER, request.body["loadBalancerId"])
    if record and record.body["lifecycleState"] == "FAILED":
        raise errors.conflict(record.hidden["failure"])


def order_creation(call: Call, record: Record) -> None:
    resource = {"entityType": ENTITY, "actionType": "CREATED", "identifier": record.id}
    call.work_request("CreateLoadBalancer", [resource], balancing.LIFE.create, "created")


def _order(call: Call, record: Record, changes: list[Any]) -> None:
    name = "".join(word.capitalize() for word in call.operation.name.split("_"))
    resource = {"entityType": ENTITY, "actionType": "UPDATED", "identifier": record.id}
    call.subject = record
    call.work_request(name, [resource], CHANGE_SECONDS, "change", {"changes": changes})


def _order_backends(call: Call, record: Record, chosen: Body, backends: list[Body]) -> None:
    _order(call, record, [[["backendSets", chosen["name"], "backends"], backends]])


def _put(body: Body, path: list[str], value: Any) -> None:
    *way, last = path
    for step in way:
        body = body[step]
    if value is None:
        body.pop(last, None)
    else:
        body[last] = value


def _balancer(call: Call) -> Record:
    call.subject = call.find("LoadBalancer", call.path["loadBalancerId"])
    return call.subject


def _free(call: Call) -> Record:
    record = _balancer(call)
    if call.headers.get("if-match") not in (None, "", "*", record.etag):
        raise errors.no_etag_match()
    check_free(call, record)
    return record


def _named(call: Call, record: Record, part: parts.Part) -> tuple[str, Body]:
    name = call.path[part.variable]
    if name not in record.body[part.field]:
        raise errors.not_found(f"{part.model} {name}")
    return name, record.body[part.field][name]


def _set(call: Call, record: Record) -> Body:
    return _named(call, record, parts.PARTS["backend_set"])[1]


def _backend(call: Call, record: Record) -> Body:
    for backend in _set(call, record)["backends"]:
        if backend["name"] == call.path["backendName"]:
            return dict(backend)
    raise errors.not_found(f"Backend {call.path['backendName']}")


_PART_VERBS = {"create": create_part, "update": update_part, "delete": delete_part, "get": get_part}

SERVICE = Service(
    name="load_balancer",
    clients=("LoadBalancerClient",),
    kinds=(
        Kind(
            name="LoadBalancer",
            word="loadbalancer",
            life=balancing.LIFE,
            references={
                "subnetIds": "core.Subnet",
                "networkSecurityGroupIds": "core.NetworkSecurityGroup",
            },
            filters={"detail": None},
            work_requests={"delete": "DeleteLoadBalancer", "move": "ChangeLoadBalancerCompartment"},
            before_create=prepare,
            after_create=order_creation,
            before_delete=check_deletable,
            on={"ACTIVE": become_active, "DELETED": balancing.close},
        ),
    ),
    operations={
        **{
            f"{verb}_{word}": serve
            for verb, serve in _PART_VERBS.items()
            for word in parts.PARTS
            if parts.has(verb, word)
        },
        **{f"list_{word}s": list_parts for word in parts.PARTS if parts.has("list", word)},
        "update_load_balancer": update,
        "update_load_balancer_shape": update_shape,
        "update_network_security_groups": update_groups,
        "create_backend": create_backend,
        "get_backend": get_backend,
        "list_backends": list_backends,
        "update_backend": update_backend,
        "delete_backend": delete_backend,
        "get_health_checker": get_health_checker,
        "update_health_checker": update_health_checker,
        "get_backend_health": get_backend_health,
        "get_backend_set_health": get_backend_set_health,
        "get_load_balancer_health": get_load_balancer_health,
        "list_load_balancer_healths": list_load_balancer_healths,
        "list_shapes": lambda call: [{"name": "flexible"}],
        "list_policies": lambda call: [{"name": name} for name in parts.POLICIES],
        "list_protocols": lambda call: [{"name": name} for name in parts.PROTOCOLS],
    },
    work_request=WorkRequestFamily(status="lifecycleState"),
    completions={"change": apply, "created": check_created},
    start=balancing.start,
    stop=whole.close,
)
