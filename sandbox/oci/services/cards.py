"""Reads what decides about a network card's traffic, as `reachability` takes it."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.oci.reachability import Card, Ports, Route, Rule
from sandbox.oci.service import Body
from sandbox.oci.store import Record, Store

_ENDS = {True: "source", False: "destination"}
_GATEWAYS = {
    "core.InternetGateway": ("internet", "isEnabled"),
    "core.NatGateway": ("nat", ""),
    "core.ServiceGateway": ("service", ""),
}


def card_of(store: Store, record: Record) -> Card:
    """Return a card with the rules and routes that are in force for it now."""
    subnet = store.get("core.Subnet", record.body["subnetId"])
    if subnet is None:
        raise LookupError(f"the subnet of {record.id} is gone")
    groups = tuple(record.body.get("nsgIds") or [])
    return Card(
        address=record.body["privateIp"],
        vcn=subnet.body["vcnId"],
        groups=groups,
        rules=(*_of_lists(store, subnet), *_of_groups(store, groups)),
        routes=tuple(_routes(store, subnet)),
        public=bool(record.body.get("publicIp")),
    )


def _of_lists(store: Store, subnet: Record) -> Iterator[Rule]:
    for key in subnet.body.get("securityListIds") or []:
        found = store.get("core.SecurityList", key)
        if found and not found.gone:
            for rule in found.body.get("ingressSecurityRules") or []:
                yield _rule(rule, ingress=True)
            for rule in found.body.get("egressSecurityRules") or []:
                yield _rule(rule, ingress=False)


def _of_groups(store: Store, groups: tuple[str, ...]) -> Iterator[Rule]:
    for key in groups:
        found = store.get("core.NetworkSecurityGroup", key)
        if found and not found.gone:
            for rule in found.hidden.get("rules", []):
                yield _rule(rule, ingress=rule["direction"] == "INGRESS")


def _rule(given: Body, *, ingress: bool) -> Rule:
    end = _ENDS[ingress]
    options = given.get("tcpOptions") or given.get("udpOptions") or {}
    return Rule(
        ingress=ingress,
        protocol=str(given["protocol"]),
        peer_kind=given.get(f"{end}Type") or "CIDR_BLOCK",
        peer=given[end],
        ports=_ports(options.get("destinationPortRange")),
        source_ports=_ports(options.get("sourcePortRange")),
        stateless=bool(given.get("isStateless")),
    )


def _ports(given: Body | None) -> Ports | None:
    return (given["min"], given["max"]) if given else None


def _routes(store: Store, subnet: Record) -> Iterator[Route]:
    table = store.get("core.RouteTable", subnet.body["routeTableId"])
    for rule in table.body["routeRules"] if table else []:
        for kind, (name, switch) in _GATEWAYS.items():
            gateway = store.get(kind, rule["networkEntityId"])
            if gateway and not gateway.gone:
                enabled = not switch or bool(gateway.body.get(switch, True))
                yield Route(
                    rule["destinationType"],
                    rule["destination"],
                    name,
                    enabled and not gateway.body.get("blockTraffic"),
                )
