"""Core network: VCNs with their defaults, subnets, gateways, route tables, security lists and
groups.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.service import PROVISIONED, Body, Kind, Life, Service
from sandbox.oci.services import security_rules
from sandbox.oci.services.addresses import check_apart, network
from sandbox.oci.store import Record

_DNS_LABEL = re.compile(r"^[a-z][a-z0-9]{0,14}$", re.I)
_QUICK = Life(create=0.3, delete=0.3)
_DEFAULTS = {
    "defaultRouteTableId": "RouteTable",
    "defaultSecurityListId": "SecurityList",
    "defaultDhcpOptionsId": "DhcpOptions",
}
_ANYWHERE = "0.0.0.0/0"


def _vcn_created(call: Call, record: Record) -> None:
    given = (
        [call.body["cidrBlock"]]
        if call.body.get("cidrBlock")
        else call.body.get("cidrBlocks") or []
    )
    if not given or (call.body.get("cidrBlock") and call.body.get("cidrBlocks")):
        raise errors.invalid("Give either cidrBlock or cidrBlocks.")
    blocks = [network(text) for text in given]
    for position, block in enumerate(blocks):
        check_apart([block], blocks[:position])
    record.body |= {"cidrBlock": given[0], "cidrBlocks": given}
    if label := record.body.get("dnsLabel"):
        _check_label(label)
        record.body["vcnDomainName"] = f"{label}.oraclevcn.com"
    _make_defaults(call, record)


def _make_defaults(call: Call, vcn: Record) -> None:
    common = {"compartmentId": vcn.body["compartmentId"], "vcnId": vcn.id}
    name = vcn.body["displayName"]
    routes = call.create(
        "RouteTable", {**common, "displayName": f"Default Route Table for {name}", "routeRules": []}
    )
    lists = call.create(
        "SecurityList",
        {**common, "displayName": f"Default Security List for {name}", **_default_rules()},
    )
    options = [{"type": "DomainNameServer", "serverType": "VcnLocalPlusInternet"}]
    dhcp = call.create(
        "DhcpOptions",
        {**common, "displayName": f"Default DHCP Options for {name}", "options": options},
    )
    vcn.body |= dict(zip(_DEFAULTS, (routes.id, lists.id, dhcp.id), strict=True))


def _default_rules() -> Body:
    ssh = {"protocol": "6", "source": _ANYWHERE, "sourceType": "CIDR_BLOCK", "isStateless": False}
    outward = {
        "protocol": "all",
        "destination": _ANYWHERE,
        "destinationType": "CIDR_BLOCK",
        "isStateless": False,
    }
    ports = {"tcpOptions": {"destinationPortRange": {"min": 22, "max": 22}}}
    return {"ingressSecurityRules": [{**ssh, **ports}], "egressSecurityRules": [outward]}


def _vcn_deleted(call: Call, record: Record) -> None:
    for field, kind in _DEFAULTS.items():
        call.retire(call.find(kind, record.body[field]))


def _default_of(call: Call, record: Record) -> None:
    """The defaults of a VCN go with it and not before."""
    vcn = call.find("Vcn", record.body["vcnId"])
    if record.id in {vcn.body[field] for field in _DEFAULTS}:
        raise errors.conflict(
            f"{record.id} is a default of the VCN {vcn.id} and cannot be deleted."
        )


def _subnet_created(call: Call, record: Record) -> None:
    vcn = call.find("Vcn", record.body["vcnId"])
    blocks = (
        [record.body["cidrBlock"]]
        if record.body.get("cidrBlock")
        else record.body.get("ipv4CidrBlocks") or []
    )
    if not blocks:
        raise errors.missing("body.cidrBlock is required.")
    block = network(blocks[0])
    if not any(block.subnet_of(network(outer)) for outer in vcn.body["cidrBlocks"]):
        raise errors.invalid(f"The CIDR block {block} is not inside of the VCN's.")
    neighbours = [
        network(other.body["cidrBlock"]) for other in call.records("Subnet", vcnId=vcn.id)
    ]
    check_apart([block], neighbours)
    record.body |= {
        "cidrBlock": blocks[0],
        "ipv4CidrBlocks": blocks,
        "virtualRouterIp": str(block[1]),
    }
    record.body.setdefault("routeTableId", vcn.body["defaultRouteTableId"])
    record.body.setdefault("dhcpOptionsId", vcn.body["defaultDhcpOptionsId"])
    record.body.setdefault("securityListIds", [vcn.body["defaultSecurityListId"]])
    _check_same_vcn(call, record.body, vcn.id)
    _set_private(record.body)
    if label := record.body.get("dnsLabel"):
        _check_subnet_label(call, record, vcn, label)


def _check_subnet_label(call: Call, record: Record, vcn: Record, label: str) -> None:
    _check_label(label)
    if not vcn.body.get("dnsLabel"):
        raise errors.invalid("A subnet with a DNS label needs a VCN with one.")
    if call.records("Subnet", vcnId=vcn.id, dnsLabel=label):
        raise errors.invalid(f"The DNS label {label} is taken in the VCN.")
    record.body["subnetDomainName"] = f"{label}.{vcn.body['vcnDomainName']}"


def _set_private(body: Body) -> None:
    """The two switches are one: prohibitInternetIngress and prohibitPublicIpOnVnic must agree."""
    given = {
        body[name] for name in ("prohibitInternetIngress", "prohibitPublicIpOnVnic") if name in body
    }
    if len(given) > 1:
        raise errors.invalid(
            "prohibitInternetIngress and prohibitPublicIpOnVnic must have the same value."
        )
    body["prohibitInternetIngress"] = body["prohibitPublicIpOnVnic"] = given == {True}


def _subnet_changed(call: Call, record: Record, changes: Body) -> None:
    if changes.get("cidrBlock", record.body["cidrBlock"]) != record.body["cidrBlock"]:
        block = network(changes["cidrBlock"])
        others = [
            other
            for other in call.records("Subnet", vcnId=record.body["vcnId"])
            if other.id != record.id
        ]
        check_apart([block], [network(other.body["cidrBlock"]) for other in others])
        changes["ipv4CidrBlocks"] = [changes["cidrBlock"]]
    _check_same_vcn(call, changes, record.body["vcnId"])


def _check_same_vcn(call: Call, body: Body, vcn: str) -> None:
    named = {
        "RouteTable": [body.get("routeTableId")],
        "SecurityList": body.get("securityListIds") or [],
    }
    for kind, identifiers in {**named, "DhcpOptions": [body.get("dhcpOptionsId")]}.items():
        for identifier in filter(None, identifiers):
            if call.find(kind, identifier).body["vcnId"] != vcn:
                raise errors.invalid(f"{kind} {identifier} is of another VCN.")


def _check_label(label: str) -> None:
    if not _DNS_LABEL.match(label):
        raise errors.invalid(
            f"The DNS label {label} must be alphanumeric, begin with a letter and have at most 15"
            " characters."
        )


def _one_per_vcn(call: Call, record: Record) -> None:
    kind = record.kind.rpartition(".")[2]
    if call.records(kind, vcnId=record.body["vcnId"]):
        raise errors.limit_exceeded(f"The VCN has its {kind}.")


def _nat_created(call: Call, record: Record) -> None:
    _one_per_vcn(call, record)
    record.body["natIp"] = (
        f"129.146.{int(record.id[-2:].encode().hex(), 16) % 256}"
        f".{len(call.records('NatGateway')) + 10}"
    )
    record.body.setdefault("blockTraffic", False)


def _service_gateway_created(call: Call, record: Record) -> None:
    _one_per_vcn(call, record)
    record.body["services"] = _services(call.body["services"])


def _service_gateway_changed(call: Call, record: Record, changes: Body) -> None:
    if "services" in changes:
        changes["services"] = _services(changes["services"] or [])


def _services(wanted: list[Body]) -> list[Body]:
    known = {service["id"]: service for service in security_rules.SERVICES}
    if len(wanted) > 1:
        raise errors.invalid("A service gateway holds one of the service CIDR labels.")
    for service in wanted:
        if service["serviceId"] not in known:
            raise errors.not_found(f"service {service['serviceId']}")
    return [
        {"serviceId": service["serviceId"], "serviceName": known[service["serviceId"]]["name"]}
        for service in wanted
    ]


def _routes_created(call: Call, record: Record) -> None:
    _check_routes(call, record.body["vcnId"], record.body["routeRules"])


def _routes_changed(call: Call, record: Record, changes: Body) -> None:
    if "routeRules" in changes:
        _check_routes(call, record.body["vcnId"], changes["routeRules"] or [])


def _check_routes(call: Call, vcn: str, rules: list[Body]) -> None:
    seen: set[str] = set()
    for position, rule in enumerate(rules):
        where = f"routeRules[{position}]"
        rule.setdefault("destinationType", "CIDR_BLOCK")
        rule["destination"] = rule.get("destination") or rule.get("cidrBlock")
        if not rule["destination"]:
            raise errors.missing(f"{where}.destination is required.")
        if rule["destination"] in seen:
            raise errors.invalid(f"{where}.destination {rule['destination']} is there twice.")
        seen.add(rule["destination"])
        _check_hop(call, vcn, rule, where)


def _check_hop(call: Call, vcn: str, rule: Body, where: str) -> None:
    gateway = next(
        record
        for kind in _GATEWAYS
        if (record := call.engine.store.get(f"core.{kind}", rule["networkEntityId"]))
    )
    if gateway.body["vcnId"] != vcn:
        raise errors.invalid(f"{where}.networkEntityId is of another VCN.")
    labels = {service["cidrBlock"] for service in security_rules.SERVICES}
    if rule["destinationType"] == "SERVICE_CIDR_BLOCK":
        if rule["destination"] not in labels or gateway.kind != "core.ServiceGateway":
            raise errors.invalid(f"{where}: a service CIDR label goes to a service gateway.")
    elif gateway.kind == "core.ServiceGateway":
        raise errors.invalid(
            f"{where}: a service gateway takes destinationType SERVICE_CIDR_BLOCK."
        )
    else:
        network(rule["destination"], widest=0, narrowest=32)


def list_services(call: Call) -> list[Body]:
    """The service CIDR labels of the region."""
    return security_rules.SERVICES


def list_group_cards(call: Call) -> list[Body]:
    """The cards that are in a network security group."""
    group = call.target("NetworkSecurityGroup")
    cards = [card for card in call.records("Vnic") if group.id in card.body["nsgIds"]]
    return [
        {
            "vnicId": card.id,
            "resourceId": card.hidden.get("owner", ""),
            "timeAssociated": card.body["timeCreated"],
        }
        for card in cards
    ]


def list_public_ips(call: Call) -> list[Body]:
    """The public addresses: those of NAT gateways."""
    found = call.records("NatGateway", compartmentId=call.query["compartmentId"])
    return [
        {
            "id": f"{gateway.id}.ip",
            "ipAddress": gateway.body["natIp"],
            "scope": "REGION",
            "lifetime": "EPHEMERAL",
            **_assigned(gateway),
        }
        for gateway in found
        if call.query["scope"] == "REGION" and call.query.get("lifetime") in {None, "EPHEMERAL"}
    ]


def _assigned(gateway: Record) -> Body:
    common = {
        "compartmentId": gateway.body["compartmentId"],
        "lifecycleState": "ASSIGNED",
        "timeCreated": gateway.body["timeCreated"],
    }
    return {
        **common,
        "assignedEntityId": gateway.id,
        "assignedEntityType": "NAT_GATEWAY",
        "displayName": gateway.body["displayName"],
    }


_GATEWAYS = ("InternetGateway", "NatGateway", "ServiceGateway")


def _of_vcn(name: str, word: str, references: Body | None = None, **more: Any) -> Kind:
    return Kind(
        name=name,
        word=word,
        references={"vcnId": "Vcn", **(references or {})},
        **{"life": _QUICK, **more},
    )


KINDS = (
    Kind(
        name="Vcn",
        word="vcn",
        life=PROVISIONED,
        before_create=_vcn_created,
        before_delete=_vcn_deleted,
    ),
    _of_vcn(
        "Subnet",
        "subnet",
        {
            "routeTableId": "RouteTable",
            "securityListIds": "SecurityList",
            "dhcpOptionsId": "DhcpOptions",
        },
        life=PROVISIONED,
        before_create=_subnet_created,
        before_update=_subnet_changed,
    ),
    _of_vcn(
        "InternetGateway", "internetgateway", before_create=_one_per_vcn, holds="IncorrectState"
    ),
    _of_vcn("NatGateway", "natgateway", before_create=_nat_created, holds="IncorrectState"),
    _of_vcn(
        "ServiceGateway",
        "servicegateway",
        defaults={"blockTraffic": False},
        before_create=_service_gateway_created,
        before_update=_service_gateway_changed,
        holds="IncorrectState",
    ),
    _of_vcn(
        "RouteTable",
        "routetable",
        {"routeRules.networkEntityId": _GATEWAYS},
        before_create=_routes_created,
        before_update=_routes_changed,
        before_delete=_default_of,
    ),
    _of_vcn(
        "SecurityList",
        "securitylist",
        before_create=lambda call, record: security_rules.check_lists(call, record, record.body),
        before_update=security_rules.check_lists,
        before_delete=_default_of,
    ),
    _of_vcn(
        "DhcpOptions",
        "dhcpoptions",
        singular="dhcp_options",
        plural="dhcp_options",
        before_delete=_default_of,
    ),
    _of_vcn("NetworkSecurityGroup", "networksecuritygroup", filters={"vlanId": None}),
    Kind(
        name="Vnic",
        word="vnic",
        life=_QUICK,
        references={"subnetId": "Subnet", "nsgIds": "NetworkSecurityGroup"},
    ),
)

SERVICE = Service(
    name="core",
    clients=("VirtualNetworkClient",),
    kinds=KINDS,
    operations={
        "list_services": list_services,
        "list_network_security_group_vnics": list_group_cards,
        "list_public_ips": list_public_ips,
        "add_network_security_group_security_rules": security_rules.add,
        "update_network_security_group_security_rules": security_rules.update,
        "remove_network_security_group_security_rules": security_rules.remove,
        "list_network_security_group_security_rules": security_rules.list_rules,
    },
)
