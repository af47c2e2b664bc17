"""A subnet: public for the load balancer, private for the rest."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Subnet(Kind):
    """Whether it takes public addresses is fixed for ever."""

    name = "subnet"
    group = "Network"
    in_place = frozenset({"routeTableId", "displayName", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in its network."""
        found = scope.get("virtual_network", "get_subnet", ocid, make=seen) if ocid else None
        return found or scope.search(
            want,
            "virtual_network",
            "list_subnets",
            make=seen,
            compartment_id=want.place["compartmentId"],
            vcn_id=want.place["vcnId"],
        )

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in its network."""
        return seen(hand.change("virtual_network", "create_subnet", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name, tags or route table."""
        return seen(hand.change("virtual_network", "update_subnet", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while anything has an address in it."""
        hand.change("virtual_network", "delete_subnet", found.ocid, target=found.ocid)
