"""Whether a container instance reaches Oracle's services: routes and rules of its network card."""

from __future__ import annotations

from sandbox.oci import reachability
from sandbox.oci.engine import Engine
from sandbox.oci.services import cards
from sandbox.oci.services.security_rules import SERVICES
from sandbox.oci.store import Record
from sandbox.oci.tenancy import Caller

INSTANCE = "container_instances.ContainerInstance"
HTTPS = 443
ALL_SERVICES, OBJECT_STORAGE = (str(service["cidrBlock"]) for service in SERVICES)
ADDRESS = "192.0.2.10"  # stands for those of all services


def cut_off(engine: Engine, caller: Caller, service: str) -> str:
    """Return why the calls of a container do not arrive; "" when they do or another calls."""
    instance = engine.store.look(INSTANCE, caller.id) if caller.kind == "resource" else None
    return why_not(engine, instance, service) if instance else ""


def why_not(engine: Engine, instance: Record, service: str) -> str:
    """Return why an instance does not reach a service of Oracle; "" when it does."""
    card = engine.store.get("core.Vnic", instance.body["vnics"][0]["vnicId"])
    if card is None or card.gone:
        return f"{instance.id} has no network card"
    stored = service == "object_storage"
    labels = (OBJECT_STORAGE, ALL_SERVICES) if stored else (ALL_SERVICES,)
    there = reachability.Outside(ADDRESS, labels)
    return reachability.why_not(cards.card_of(engine.store, card), there, HTTPS)
