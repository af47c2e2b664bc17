"""Virtual network cards: what instances of other services get in a subnet."""

from __future__ import annotations

import secrets

from sandbox.oci import errors
from sandbox.oci.engine import Engine
from sandbox.oci.services.addresses import free_address, network
from sandbox.oci.store import Record

PUBLIC = network("198.18.0.0/16")  # in the block for tests of networks: no address of the internet


def attach(
    engine: Engine,
    *,
    subnet: str,
    compartment: str,
    name: str,
    availability_domain: str,
    groups: list[str],
    public: bool | None = False,
    wanted: str = "",
) -> Record:
    """Make a card with a free private address in a subnet.

    With `public` None it has a public address when the subnet allows that (CreateVnicDetails).
    """
    found = engine.store.get("core.Subnet", subnet)
    if found is None or found.gone or found.body["lifecycleState"] != "AVAILABLE":
        raise errors.not_found(f"subnet {subnet}")
    for group in groups:
        _check_group(engine, group, found.body["vcnId"])
    if public is None:
        public = not found.body["prohibitPublicIpOnVnic"]
    if public and found.body["prohibitPublicIpOnVnic"]:
        raise errors.invalid("The subnet does not allow public addresses.")
    body = {
        "compartmentId": compartment,
        "availabilityDomain": availability_domain,
        "displayName": name,
        "subnetId": subnet,
        "nsgIds": groups,
        "isPrimary": True,
        "skipSourceDestCheck": False,
        "privateIp": free_address(network(found.body["cidrBlock"]), taken(engine, subnet), wanted),
        "macAddress": ":".join(["02", "00", "17", *(secrets.token_hex(1) for _ in range(3))]),
    }
    if public:
        used = {card.body.get("publicIp", "") for card in engine.store.living("core.Vnic")}
        body["publicIp"] = free_address(PUBLIC, used)
    return engine.store.put(engine.new_record("core.Vnic", body))


def readdress(engine: Engine, card: Record) -> None:
    """Give a card the first private address that is free and not its own."""
    subnet = card.body["subnetId"]
    found = engine.store.get("core.Subnet", subnet)
    if found:
        block = network(found.body["cidrBlock"])
        card.body["privateIp"] = free_address(block, taken(engine, subnet))
        engine.store.put(card)


def taken(engine: Engine, subnet: str) -> set[str]:
    """Return the private addresses in use in a subnet, those of load balancers included."""
    cards = {
        card.body["privateIp"]
        for card in engine.store.living("core.Vnic")
        if card.body["subnetId"] == subnet
    }
    balancers = engine.store.living("load_balancer.LoadBalancer")
    hosts = {
        host
        for balancer in balancers
        if subnet in balancer.body["subnetIds"]
        for host in balancer.hidden.get("hosts", ())
    }
    return cards | hosts


def _check_group(engine: Engine, group: str, vcn: str) -> None:
    found = engine.store.get("core.NetworkSecurityGroup", group)
    if found is None or found.gone:
        raise errors.not_found(f"network security group {group}")
    if found.body["vcnId"] != vcn:
        raise errors.invalid(f"The network security group {group} is of another VCN.")
