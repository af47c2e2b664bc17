"""Where PostgreSQL systems are in their network: cards, names, what a client is told."""

from __future__ import annotations

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.service import Body
from sandbox.oci.services import vnics
from sandbox.oci.store import Record
from sandbox.oci.tenancy import HOME, ocid

PORT = 5432
PRIMARY, READER = "primary", "reader"
CARD = "core.Vnic"


def domain_of(system: str) -> str:
    """Return what the names of all endpoints of a system end in."""
    return f"{system[-12:]}.postgresql.{HOME}.oci.oraclecloud.com"


def name_of(record: Record, role: str) -> str:
    """Return the name of an endpoint: primary, reader, or that of an instance by its OCID."""
    head = role if role in (PRIMARY, READER) else f"node-{role[-12:]}"
    return f"{head}.{domain_of(record.id)}"


def attach(call: Call, record: Record, name: str, wanted: str = "") -> str:
    """Give an endpoint its card; return its address."""
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


def add_instance(call: Call, record: Record, details: Body) -> None:
    """Add an instance with an address of its own."""
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
    attach(call, record, instance["id"], details.get("privateIp") or "")
    instances.append(instance)
    record.body["instanceCount"] = len(instances)


def regroup(engine: Engine, record: Record, groups: list[str]) -> None:
    """Put all cards of a system into other network security groups."""
    for key, _ in record.hidden["cards"].values():
        card = engine.store.get(CARD, key)
        if card:
            card.body["nsgIds"] = groups
            engine.store.put(card)


def leave(engine: Engine, record: Record) -> None:
    """Give the addresses back."""
    for name in [*record.hidden["cards"]]:
        detach(engine, record, name)


def detach(engine: Engine, record: Record, name: str) -> None:
    """Give one address back."""
    card = engine.store.get(CARD, record.hidden["cards"].pop(name)[0])
    if card:
        engine.retire(card, 0)


def roles_of(record: Record) -> dict[str, str]:
    """Return the endpoint, primary or an instance's OCID, to which each role leads."""
    roles = {name: name for name in record.hidden["cards"]}
    if record.body["networkDetails"].get("isReaderEndpointEnabled"):
        roles[READER] = record.body["instances"][-1]["id"]
    return roles


def connection(call: Call) -> Body:
    """Where a client inside the VCN finds the database, and the CA that vouches for it."""
    record = call.target("DbSystem")
    if record.body["lifecycleState"] not in {"ACTIVE", "UPDATING", "INACTIVE"}:
        raise errors.incorrect_state(f"The system is {record.body['lifecycleState']}.")
    cards = record.hidden["cards"]
    places = {
        role: {"fqdn": name_of(record, role), "ipAddress": cards[card][1], "port": PORT}
        for role, card in roles_of(record).items()
    }
    instances = [
        {"dbInstanceId": item["id"], "endpoint": places[item["id"]]}
        for item in record.body["instances"]
    ]
    shown = {
        "caCertificate": record.hidden["ca"],
        "primaryDbEndpoint": places[PRIMARY],
        "instanceEndpoints": instances,
    }
    return {**shown, "readerEndpoint": places[READER]} if READER in places else shown
