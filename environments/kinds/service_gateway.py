"""A service gateway: the way to OCI's own services without the internet."""

import functools
from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen
from portal.cloud.door import Door


class ServiceGateway(Kind):
    """One for each network. `reaches` stands for OCI's list of services, whose ids differ from region to region."""

    name = "service gateway"
    group = "Network"
    in_place = frozenset({"reaches", "displayName", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in its network."""
        every = _every_service(scope.door)
        make = functools.partial(_seen, every=every)
        found = scope.get("virtual_network", "get_service_gateway", ocid, make=make) if ocid else None
        place = {"compartment_id": want.place["compartmentId"], "vcn_id": want.place["vcnId"]}
        return found or scope.search(want, "virtual_network", "list_service_gateways", make=make, **place)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it for all services of the region: with Object Storage alone, routes to the others lead nowhere."""
        every = _every_service(hand.door)
        body = {**want.place, **_with_services(want.fields, every)}
        return _seen(hand.change("virtual_network", "create_service_gateway", body).data, every=every)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name or tags, or connect it to all services again."""
        every = _every_service(hand.door)
        body = _with_services(fields, every)
        return _seen(
            hand.change("virtual_network", "update_service_gateway", found.ocid, body, target=found.ocid).data, every=every
        )

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while a route leads to it."""
        hand.change("virtual_network", "delete_service_gateway", found.ocid, target=found.ocid)


@functools.cache
def _every_service(door: Door) -> dict[str, Any]:
    """Return what stands for all services of the door's region; it never changes, so it is asked once."""
    services = door.pages("virtual_network", "list_services")
    return next(service for service in services if str(service["cidrBlock"]).startswith("all-"))


def _with_services(fields: dict[str, Any], every: dict[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in fields.items() if name != "reaches"}
    return body | ({"services": [{"serviceId": every["id"]}]} if "reaches" in fields else {})


def _seen(wire: dict[str, Any], *, every: dict[str, Any]) -> Found:
    ids = [service["serviceId"] for service in wire.get("services") or []]
    reaches = "all services" if ids == [every["id"]] else ", ".join(ids) or "nothing"
    return seen({**wire, "reaches": reaches}, cidrBlock=every["cidrBlock"])
