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


KINDS = (  # of the records that decide about traffic
    "core.Vnic",
    "core.Subnet",
    "core.SecurityList",
    "core.NetworkSecurityGroup",
    "core.RouteTable",
    *_GATEWAYS,
)


def card_of(store: Store, record: Record) -> Card:
    """Return a card with the rules and routes that are in force for it now."""
    body = record.body
    public = bool(body.get("publicIp"))
    return _card(store, body["subnetId"], body["privateIp"], body.get("nsgIds"), public=public)


def card_of_balancer(store: Store, record: Record) -> Card:
    """Return the card of the host of a load balancer that has the traffic."""
    body = record.body
    groups, public = body.get("networkSecurityGroupIds"), not body["isPrivate"]
    return _card(store, body["subnetIds"][0], record.hidden["hosts"][0], groups, public=public)


def at_address(store: Store, vcn: str, address: str) -> Card | None:
    """Return the card that has a private address in a VCN."""
    for record in store.living("core.Vnic"):
        if record.body["privateIp"] == address:
            card = card_of(store, record)
            if card.vcn == vcn:
                return card
    return None


def _card(
    store: Store, subnet: str, address: str, groups: list[str] | None, *, public: bool
) -> Card:
    found = store.get("core.Subnet", subnet)
    if found is None:
        raise LookupError(f"the subnet {subnet} of {address} is gone")
    members = tuple(groups or [])
    return Card(
        address=address,
        vcn=found.body["vcnId"],
        groups=members,
        rules=(*_of_lists(store, found), *_of_groups(store, members)),
        routes=tuple(_routes(store, found)),
        public=public,
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
