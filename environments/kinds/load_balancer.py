"""A load balancer, the public entry to the product, with its backend sets, rule sets and
listeners.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from environments.desired import Actual, Desired, Difference
from environments.kinds.kind import NAMED, Kind, Reader, Wire, Writer
from environments.kinds.removals import another_value, items, members, security_groups
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form
from environments.kinds.update_cost import OUTAGE, UpdateCost
from environments.kinds.watched import all_unset, has_usual_idle_time, is_one_of

SERVICE = "load_balancer"
ANSWER = ("protocol", "port", "urlPath", "returnCode")  # what a health check asks of a container


class LoadBalancerKind(StandardKind):
    """Everything that changes on it is a work request, one at a time."""

    name, group = "load balancer", "Traffic"
    watched = {
        **all_unset("isDeleteProtectionEnabled", "isRequestIdEnabled", "securityAttributes"),
        "ipMode": is_one_of("IPV4"),
    }
    service, noun = SERVICE, "load_balancer"
    in_place = NAMED | {"shapeDetails", "networkSecurityGroupIds"}
    removals = {"networkSecurityGroupIds": security_groups}
    moves_traffic = True
    serialize_by = work_requests = SERVICE
    usual_seconds = 60
    price = "load_balancer"
    console = "/load-balancer/load-balancers/{ocid}"
    portal_rights = ("manage load-balancers in compartment id P",)
    terraform = Form(
        "oci_load_balancer_load_balancer",
        {"shapeName": "shape"},
        left_out=frozenset({"backendSets", "listeners", "ruleSets"}),
    )
    terraform_facts = {"ipAddress": "${{{address}.ip_address_details[0].ip_address}}"}

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Keep its first address as a fact."""
        addresses = [address["ipAddress"] for address in wire.get("ipAddresses") or []]
        return Actual.from_wire(wire, ipAddress=addresses[0] if addresses else None)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change bandwidth, security groups or the rest: a call each, of which OCI takes one
        at a time.
        """
        change = partial(writer.change, SERVICE, target=actual.ocid)
        if "shapeDetails" in fields:
            body = {
                "shapeName": want.fields["shapeName"],
                "shapeDetails": fields["shapeDetails"],
            }
            change("update_load_balancer_shape", actual.ocid, body)
        elif "networkSecurityGroupIds" in fields:
            body = {"networkSecurityGroupIds": fields["networkSecurityGroupIds"]}
            change("update_network_security_groups", body, actual.ocid)
        else:
            change("update_load_balancer", fields, actual.ocid)
        return None


class BalancerPartKind(Kind):
    """A part of a load balancer: it has no OCID and no tags, its name there is its address."""

    group = "Traffic"
    deleted_with = "load_balancer"
    needs = ("load_balancer",)
    tagged = False
    serialize_by = work_requests = SERVICE
    price = "free"
    console = "/load-balancer/load-balancers/{load_balancer}"
    portal_rights = LoadBalancerKind.portal_rights
    noun: str

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by name in its load balancer."""
        place = (want.place["loadBalancerId"], want.name)
        return reader.get(SERVICE, f"get_{self.noun}", *place, make=partial(_from_wire, want))

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Order it; a new backend set is empty, a new rule set is used by no listener yet."""
        body = {"name": want.name, **want.fields}
        writer.change(SERVICE, f"create_{self.noun}", body, want.place["loadBalancerId"])
        return None

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Write it again, all of it."""
        place, body = (want.place["loadBalancerId"], want.name), self.body_of_update(want, actual)
        writer.change(SERVICE, f"update_{self.noun}", body, *place, target=actual.ocid)
        return None

    def body_of_update(self, want: Desired, actual: Actual) -> dict[str, Any]:
        """Return the whole body of the updating call."""
        return want.fields

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Delete it; OCI refuses while a listener uses it."""
        place = (actual.facts["loadBalancerId"], actual.name)
        writer.change(SERVICE, f"delete_{self.noun}", *place, target=actual.ocid)


class BackendSetKind(BalancerPartKind):
    """The containers that a listener sends requests to; releases decide which, never a plan."""

    name, noun = "backend set", "backend_set"
    watched = {
        **all_unset("sessionPersistenceConfiguration", "lbCookieSessionPersistenceConfiguration"),
        **all_unset("sslConfiguration", "backendMaxConnections"),
    }
    in_place = frozenset({"policy", "healthChecker"})
    moves_traffic = True
    terraform = Form(
        "oci_load_balancer_backend_set",
        {"intervalInMillis": "interval_ms"},
        name="name",
        imported="loadBalancers/{loadBalancerId}/backendSets/{name}",
    )

    def costs_of_update(
        self, actual: Actual, differing: Sequence[Difference]
    ) -> Iterator[UpdateCost]:
        """Add the outage while containers of a release answer in the old way."""
        yield from super().costs_of_update(actual, differing)
        live = len(actual.wire.get("backends") or [])
        checks = [(one.want, one.have or {}) for one in differing if one.field == "healthChecker"]
        for want, have in checks if live else ():
            if any(want.get(name) != have.get(name) for name in ANSWER):
                yield UpdateCost(
                    OUTAGE,
                    f"{live} backends are in use. One that does not answer {want['returnCode']} at "
                    f"port {want['port']}, {want['urlPath']}, is taken out within seconds. If the "
                    "live release does not, the product is down (502) until one that does is live.",
                )

    def body_of_update(self, want: Desired, actual: Actual) -> dict[str, Any]:
        """Keep the backends that are in it now."""
        return {
            **want.fields,
            "backends": [_given(one) for one in actual.wire.get("backends") or []],
        }


class RuleSetKind(BalancerPartKind):
    """What a listener does with a request instead of passing it on; redirects need plain HTTP."""

    name, noun = "rule set", "rule_set"
    in_place = frozenset({"items"})
    removals = {"items": items("Rule", members)}
    terraform = Form(
        "oci_load_balancer_rule_set",
        name="name",
        imported="loadBalancers/{loadBalancerId}/ruleSets/{name}",
    )

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Order it; the SDK takes the load balancer first here."""
        body = {"name": want.name, **want.fields}
        writer.change(SERVICE, "create_rule_set", want.place["loadBalancerId"], body)
        return None

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change the rules, all of them at once."""
        place = (want.place["loadBalancerId"], want.name)
        writer.change(SERVICE, "update_rule_set", *place, fields, target=actual.ocid)
        return None


class ListenerKind(BalancerPartKind):
    """The port on which the load balancer answers; OCI shows it only inside its load balancer."""

    name, noun = "listener", "listener"
    watched = {
        **all_unset("hostnameNames", "pathRouteSetName", "routingPolicyName", "sslConfiguration"),
        "connectionConfiguration": has_usual_idle_time,
    }
    in_place = frozenset(
        {"port", "protocol", "defaultBackendSetName", "ruleSetNames", "sslConfiguration"}
    )
    removals = {
        "port": another_value("Port {have} no longer answers."),
        "protocol": another_value("It no longer speaks {have}."),
        "defaultBackendSetName": another_value("Requests no longer go to the backend set {have}."),
        "ruleSetNames": items("Rule set"),
    }
    moves_traffic = True
    terraform = Form(
        "oci_load_balancer_listener",
        name="name",
        imported="loadBalancers/{loadBalancerId}/listeners/{name}",
    )

    def clash(self, want: Desired, whole: Actual) -> str:
        """Name another listener of the same load balancer that has the port."""
        others = {
            name: one
            for name, one in (whole.wire.get("listeners") or {}).items()
            if name != want.name and one.get("port") == want.fields["port"]
        }
        return (
            f"Port {want.fields['port']} is used by the listener {', '.join(sorted(others))} of "
            f"{whole.name}: choose another port, or change that listener first."
            if others
            else ""
        )

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read it out of its load balancer."""
        balancer, make = want.place["loadBalancerId"], partial(_from_wire, want)
        whole = reader.get(SERVICE, "get_load_balancer", balancer, make=make)
        wire = (whole.wire.get("listeners") or {}).get(want.name) if whole else None
        return make({**wire, "ruleSetNames": wire.get("ruleSetNames") or []}) if wire else None


def _from_wire(want: Desired, wire: Wire) -> Actual:
    balancer = want.place["loadBalancerId"]
    ocid = f"{balancer}/{want.name}"
    return Actual.from_wire({**wire, "id": ocid}, name="name", loadBalancerId=balancer)


def _given(backend: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in backend.items() if name != "name" and value is not None}
