"""A service gateway: the way to OCI's own services without the internet."""

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

from environments.desired import Actual, Desired
from environments.kinds.kind import NAMED, Reader, Wire, Writer
from environments.kinds.network import NetworkKind
from environments.kinds.terraform_form import Arguments, Form
from environments.kinds.watched import all_unset

if TYPE_CHECKING:
    from portal.cloud.client import CloudClient

SERVICES = "${data.oci_core_services.all.services[0]"


class ServiceGatewayKind(NetworkKind):
    """One for each network. `reaches` stands for OCI's list of services, whose ids differ by
    region.

    It reaches all of them: with Object Storage alone, routes to the others lead nowhere.
    """

    name, noun = "service gateway", "service_gateway"
    watched = all_unset("blockTraffic", "routeTableId")
    in_place = NAMED | {"reaches"}
    terraform = Form("oci_core_service_gateway", left_out=frozenset({"reaches"}))
    terraform_facts = {"cidrBlock": f"{SERVICES}.cidr_block}}"}

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read it, and say what it reaches."""
        found = super().read(reader, want, ocid)
        return _with_reach(found, reader.client) if found else None

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Create it for all services of the region."""
        body = {**want.place, **_with_services(want.fields, writer.client)}
        answer = writer.change(self.service, "create_service_gateway", body)
        return _with_reach(self.from_wire(answer.data), writer.client)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change name or tags, or connect it to all services again."""
        body, ocid = _with_services(fields, writer.client), actual.ocid
        answer = writer.change(self.service, "update_service_gateway", ocid, body, target=ocid)
        return _with_reach(self.from_wire(answer.data), writer.client)

    def terraform_arguments(self, want: Desired) -> Arguments:
        """Look the services up: their ids differ by region."""
        return {
            **super().terraform_arguments(want),
            "services": [{"service_id": f"{SERVICES}.id}}"}],
        }


@functools.cache
def _every_service(client: "CloudClient") -> Wire:
    """Return what stands for all services of the region; it never changes, so it is asked once."""
    services: list[Wire] = client.pages("virtual_network", "list_services")
    return next(service for service in services if str(service["cidrBlock"]).startswith("all-"))


def _with_services(fields: dict[str, Any], client: "CloudClient") -> dict[str, Any]:
    body = {name: value for name, value in fields.items() if name != "reaches"}
    ids = [{"serviceId": _every_service(client)["id"]}]
    return body | ({"services": ids} if "reaches" in fields else {})


def _with_reach(found: Actual, client: "CloudClient") -> Actual:
    every = _every_service(client)
    ids = [service["serviceId"] for service in found.wire.get("services") or []]
    reaches = "all services" if ids == [every["id"]] else ", ".join(ids) or "nothing"
    wire, facts = {**found.wire, "reaches": reaches}, {"cidrBlock": every["cidrBlock"]}
    return dataclasses.replace(found, wire=wire, facts=facts)
