"""A load balancer: the public door of the product."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class LoadBalancer(Kind):
    """Everything that changes on it is a work request, one at a time."""

    name = "load balancer"
    group = "Traffic"
    in_place = frozenset({"displayName", "shapeDetails", "networkSecurityGroupIds", "freeformTags", "definedTags"})
    lane = work_requests = "load_balancer"
    seconds = 60

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("load_balancer", "get_load_balancer", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "load_balancer", "list_load_balancers", want.place["compartmentId"], make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Order it; OCI answers with a work request."""
        hand.change("load_balancer", "create_load_balancer", {**want.place, **want.fields})
        return None

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change bandwidth, or security groups, or the rest: each is a call of its own, and one at a time is taken."""
        if "shapeDetails" in fields:
            body = {"shapeName": want.fields["shapeName"], "shapeDetails": fields["shapeDetails"]}
            hand.change("load_balancer", "update_load_balancer_shape", found.ocid, body, target=found.ocid)
        elif "networkSecurityGroupIds" in fields:
            body = {"networkSecurityGroupIds": fields["networkSecurityGroupIds"]}
            hand.change("load_balancer", "update_network_security_groups", body, found.ocid, target=found.ocid)
        else:
            hand.change("load_balancer", "update_load_balancer", fields, found.ocid, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it with its listeners and backend sets."""
        hand.change("load_balancer", "delete_load_balancer", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    addresses = [address["ipAddress"] for address in wire.get("ipAddresses") or []]
    return seen(wire, ipAddress=addresses[0] if addresses else None)
