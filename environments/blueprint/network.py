"""Network, gateways, routes and who may speak to whom."""

from typing import Any

from environments import naming
from environments.blueprint.spec import ANYWHERE, HOME, EnvironmentSpec
from environments.desired import Desired

SERVICES = "${service_gateway:cidrBlock}"
# OCI attaches the default list to every subnet, with SSH open to the world in it; the security
# groups decide who may connect to whom.
NO_RULES: dict[str, Any] = {"ingressSecurityRules": [], "egressSecurityRules": []}


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return the network with subnets, gateways, an empty security list, security groups."""
    inside = {**HOME, "vcnId": "${vcn}"}
    default_list = {**inside, "id": "${vcn:defaultSecurityListId}", "madeBy": "${vcn:madeBy}"}
    public = [_route("internet_gateway")]
    services = _route("service_gateway", SERVICES, "SERVICE_CIDR_BLOCK")
    private = [_route("nat_gateway"), services]
    label = naming.dns_label(f"{spec.prefix[:10]}{spec.slug}")
    return [
        spec.named(
            "vcn", "vcn", HOME, {"cidrBlocks": [spec.settings["vcn_cidr"]], "dnsLabel": label}
        ),
        spec.named("default_security_list", "no-rules", default_list, NO_RULES),
        spec.named("internet_gateway", "internet", inside, {"isEnabled": True}),
        spec.named("nat_gateway", "nat", inside, {"blockTraffic": False}),
        spec.named("service_gateway", "services", inside, {"reaches": "all services"}),
        spec.named("route_table.public", "public", inside, {"routeRules": public}),
        spec.named("route_table.private", "private", inside, {"routeRules": private}),
        _subnet(spec, "public", inside, closed=False),
        _subnet(spec, "private", inside, closed=True),
        *_security_groups(spec, inside),
    ]


def _route(gateway: str, to: str = ANYWHERE, kind: str = "CIDR_BLOCK") -> dict[str, str]:
    return {"destination": to, "destinationType": kind, "networkEntityId": f"${{{gateway}}}"}


def _subnet(spec: EnvironmentSpec, which: str, inside: dict[str, Any], *, closed: bool) -> Desired:
    fields = {
        "cidrBlock": spec.settings[f"{which}_subnet_cidr"],
        "dnsLabel": which,
        "prohibitPublicIpOnVnic": closed,
        "routeTableId": f"${{route_table.{which}}}",
    }
    return spec.named(f"subnet.{which}", which, inside, fields)


def _security_groups(spec: EnvironmentSpec, inside: dict[str, Any]) -> list[Desired]:
    """Open one path: internet -> load balancer -> application -> database."""
    private, backend = spec.settings["private_subnet_cidr"], spec.settings["backend_port"]
    balancer = [
        *[_rule("INGRESS", ANYWHERE, port, who) for port, who in spec.public_ports().items()],
        _rule("EGRESS", private, backend, "application"),
    ]
    application = [
        _rule("INGRESS", "${nsg.lb}", backend, "load balancer", kind="NETWORK_SECURITY_GROUP"),
        _rule("EGRESS", SERVICES, 443, "services of OCI", kind="SERVICE_CIDR_BLOCK"),
        _rule("EGRESS", ANYWHERE, 443, "language model"),
        _rule("EGRESS", private, 5432, "database"),
    ]
    database = [_rule("INGRESS", "${nsg.app}", 5432, "application", kind="NETWORK_SECURITY_GROUP")]
    rules = {"lb": balancer, "app": application, "db": database}
    return [spec.named(f"nsg.{which}", which, inside, {"rules": rules[which]}) for which in rules]


def _rule(
    direction: str, other: str, port: int, who: str, *, kind: str = "CIDR_BLOCK"
) -> dict[str, Any]:
    end = "source" if direction == "INGRESS" else "destination"
    return {
        "direction": direction,
        "protocol": "6",
        end: other,
        f"{end}Type": kind,
        "isStateless": False,
        "description": who,
        "tcpOptions": {"destinationPortRange": {"min": port, "max": port}},
    }
