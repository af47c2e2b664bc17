"""An internet gateway: the way from the public subnet to the internet."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class InternetGateway(Kind):
    """One for each network."""

    name = "internet gateway"
    group = "Network"
    in_place = frozenset({"isEnabled", "displayName", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in its network."""
        found = scope.get("virtual_network", "get_internet_gateway", ocid, make=seen) if ocid else None
        return found or scope.search(
            want,
            "virtual_network",
            "list_internet_gateways",
            make=seen,
            compartment_id=want.place["compartmentId"],
            vcn_id=want.place["vcnId"],
        )

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in its network."""
        return seen(hand.change("virtual_network", "create_internet_gateway", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name or tags, or switch it on."""
        return seen(hand.change("virtual_network", "update_internet_gateway", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while a route leads to it."""
        hand.change("virtual_network", "delete_internet_gateway", found.ocid, target=found.ocid)
