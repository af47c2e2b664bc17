"""A network with its subnets, gateways and route tables."""

from typing import ClassVar

from environments.desired import JOB_TAG, Actual, Desired
from environments.kinds.kind import NAMED, Wire
from environments.kinds.removals import another_value, items, members
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form
from environments.kinds.watched import all_unset, is_single


class NetworkKind(StandardKind):
    """Lives in a virtual cloud network."""

    service, group = "virtual_network", "Network"
    list_by: ClassVar[tuple[str, ...]] = ("compartmentId", "vcnId")
    in_place = NAMED
    price = "free"
    portal_rights = ("manage virtual-network-family in compartment id P",)


class VcnKind(NetworkKind):
    """Its address range is fixed once other things are in it."""

    name, noun = "VCN", "vcn"
    list_by = ("compartmentId",)
    watched = all_unset("isZprOnly", "securityAttributes")
    keepable = frozenset({"dnsLabel"})
    console = "/networking/vcns/{ocid}"
    terraform = Form("oci_core_vcn")
    terraform_facts = {"defaultSecurityListId": "${{{address}.default_security_list_id}}"}

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Keep its default list, and the job that made it: none made a network built by hand."""
        made_by = (wire.get("freeformTags") or {}).get(JOB_TAG, "")
        default_list = wire.get("defaultSecurityListId")
        return Actual.from_wire(wire, defaultSecurityListId=default_list, madeBy=made_by)


class InternetGatewayKind(NetworkKind):
    """The way from the public subnet to the internet; one for each network."""

    name, noun = "internet gateway", "internet_gateway"
    watched = all_unset("routeTableId")
    in_place = NAMED | {"isEnabled"}
    terraform = Form("oci_core_internet_gateway", {"isEnabled": "enabled"})


class NatGatewayKind(NetworkKind):
    """Lets private containers reach the outside, and nothing in."""

    name, noun = "NAT gateway", "nat_gateway"
    watched = all_unset("routeTableId")
    in_place = NAMED | {"blockTraffic"}
    price = "nat_gateway"
    terraform = Form("oci_core_nat_gateway")


class RouteTableKind(NetworkKind):
    """Which gateway leads where; an update replaces all its rules."""

    name, noun = "route table", "route_table"
    in_place = NAMED | {"routeRules"}
    removals = {"routeRules": items("Route", members)}
    console = "/networking/vcns/{vcn}/route-tables/{ocid}"
    terraform = Form("oci_core_route_table")


class SubnetKind(NetworkKind):
    """Public for the load balancer, private for the rest: whether it takes public addresses
    is fixed.
    """

    name, noun = "subnet", "subnet"
    # One list: the emptied default. The rules of any other would add to those of the groups.
    watched = {**all_unset("ipv6CidrBlock", "ipv6CidrBlocks"), "securityListIds": is_single}
    in_place = NAMED | {"routeTableId"}
    removals = {"routeTableId": another_value("Traffic no longer takes the routes of {have}.")}
    keepable = frozenset({"dnsLabel"})
    console = "/networking/vcns/{vcn}/subnets/{ocid}"
    terraform = Form("oci_core_subnet")
