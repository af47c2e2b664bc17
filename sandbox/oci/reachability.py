"""Decides whether one network card or address reaches another: routes, security lists, groups.

Pure: it knows neither records nor sockets. `services/cards.py` reads both ends from the store.
Source: Oracle's pages on security rules, security lists, network security groups and routing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

TCP = "6"
SILENCE_SECONDS = 60.0  # how long a client waits whose packets are dropped
EPHEMERAL = (32768, 60999)  # the ports that Linux gives to the clients' side of connections

Ports = tuple[int, int]


@dataclass(frozen=True)
class Rule:
    """One security rule; `ports` are those of the destination, None means all."""

    ingress: bool
    protocol: str
    peer_kind: str  # CIDR_BLOCK, NETWORK_SECURITY_GROUP or SERVICE_CIDR_BLOCK
    peer: str
    ports: Ports | None = None
    source_ports: Ports | None = None
    stateless: bool = False


@dataclass(frozen=True)
class Route:
    """One rule of a route table; `open` tells whether its gateway lets traffic through."""

    destination_kind: str  # CIDR_BLOCK or SERVICE_CIDR_BLOCK
    destination: str
    gateway: str  # internet, nat or service
    open: bool = True


@dataclass(frozen=True)
class Card:
    """A network card; `rules` are those of its subnet's lists and of its groups together."""

    address: str
    vcn: str
    groups: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    routes: tuple[Route, ...] = ()
    public: bool = False  # it has a public address


@dataclass(frozen=True)
class Outside:
    """An address outside of every VCN; `services` are the CIDR labels that contain it."""

    address: str
    services: tuple[str, ...] = ()


End = Card | Outside


def why_not(source: End, destination: End, port: int, protocol: str = TCP) -> str:
    """Return why no connection to a port is possible; "" when it is.

    A rule without state does not let the answers through: they need rules of their own.
    """
    if problem := _why_no_way(source, destination):
        return problem
    there, back = (port, port), EPHEMERAL
    if isinstance(source, Card):
        found = _matching(source, destination, False, protocol, ports=there, source_ports=back)
        if not found:
            return f"no egress rule of {source.address} allows {destination.address} port {port}"
        if _untracked(found) and not _matching(
            source, destination, True, protocol, ports=back, source_ports=there
        ):
            return f"no ingress rule of {source.address} allows the answers of a stateless rule"
    if isinstance(destination, Card):
        found = _matching(destination, source, True, protocol, ports=there, source_ports=back)
        if not found:
            return f"no ingress rule of {destination.address} allows {source.address} port {port}"
        if _untracked(found) and not _matching(
            destination, source, False, protocol, ports=back, source_ports=there
        ):
            return f"no egress rule of {destination.address} allows the answers"
    return ""


def _why_no_way(source: End, destination: End) -> str:
    """Routes inside a VCN are implicit; all others are in the route table of the card's subnet."""
    if isinstance(source, Card) and isinstance(destination, Card):
        apart = source.vcn != destination.vcn
        return f"{destination.address} is in another VCN" if apart else ""
    if isinstance(source, Card) and isinstance(destination, Outside):
        return _why_not_out(source, destination)
    if isinstance(destination, Card) and isinstance(source, Outside):
        if not destination.public:
            return f"{destination.address} has no public address"
        route = _route_to(destination, source)
        if route is None or route.gateway != "internet" or not route.open:
            return f"the subnet of {destination.address} has no route to an internet gateway"
    return ""


def _why_not_out(source: Card, destination: Outside) -> str:
    route = _route_to(source, destination)
    if route is None:
        return f"the subnet of {source.address} has no route to {destination.address}"
    if not route.open:
        return f"the {route.gateway} gateway lets nothing through"
    if route.gateway == "internet" and not source.public:
        return f"{source.address} has no public address for the internet gateway"
    return ""


def _route_to(card: Card, other: Outside) -> Route | None:
    """Return the most specific route; the label of a service is more specific than a block."""
    labelled = [
        route
        for route in card.routes
        if route.destination_kind == "SERVICE_CIDR_BLOCK" and route.destination in other.services
    ]
    if labelled:
        return labelled[0]
    blocks = [
        (ipaddress.ip_network(route.destination).prefixlen, route)
        for route in card.routes
        if route.destination_kind == "CIDR_BLOCK" and _inside(other.address, route.destination)
    ]
    return max(blocks, key=lambda found: found[0])[1] if blocks else None


def _matching(
    card: Card, other: End, ingress: bool, protocol: str, *, ports: Ports, source_ports: Ports
) -> list[Rule]:
    return [
        rule
        for rule in _of_direction(card, ingress)
        if rule.protocol in ("all", protocol)
        and _names(rule, other)
        and _covers(rule.ports, ports)
        and _covers(rule.source_ports, source_ports)
    ]


def _of_direction(card: Card, ingress: bool) -> Iterator[Rule]:
    return (rule for rule in card.rules if rule.ingress == ingress)


def _names(rule: Rule, other: End) -> bool:
    if rule.peer_kind == "NETWORK_SECURITY_GROUP":
        return isinstance(other, Card) and rule.peer in other.groups
    if rule.peer_kind == "SERVICE_CIDR_BLOCK":
        return isinstance(other, Outside) and rule.peer in other.services
    return _inside(other.address, rule.peer)


def _inside(address: str, block: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(block)


def _covers(allowed: Ports | None, wanted: Ports) -> bool:
    return allowed is None or (allowed[0] <= wanted[0] and wanted[1] <= allowed[1])


def _untracked(rules: list[Rule]) -> bool:
    """One stateless rule among those that match is enough: then no connection is tracked."""
    return any(rule.stateless for rule in rules)
