"""A NAT gateway: the way out for private containers."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class NatGateway(Kind):
    """Lets private containers reach the outside, and nobody in."""

    name = "NAT gateway"
    group = "Network"
    in_place = frozenset({"blockTraffic", "displayName", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in its network."""
        found = scope.get("virtual_network", "get_nat_gateway", ocid, make=seen) if ocid else None
        return found or scope.search(
            want,
            "virtual_network",
            "list_nat_gateways",
            make=seen,
            compartment_id=want.place["compartmentId"],
            vcn_id=want.place["vcnId"],
        )

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in its network."""
        return seen(hand.change("virtual_network", "create_nat_gateway", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name or tags, or let traffic through again."""
        return seen(hand.change("virtual_network", "update_nat_gateway", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while a route leads to it."""
        hand.change("virtual_network", "delete_nat_gateway", found.ocid, target=found.ocid)
