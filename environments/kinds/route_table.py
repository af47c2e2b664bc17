"""A route table: which gateway leads where."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class RouteTable(Kind):
    """An update replaces all its rules."""

    name = "route table"
    group = "Network"
    in_place = frozenset({"routeRules", "displayName", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in its network."""
        found = scope.get("virtual_network", "get_route_table", ocid, make=seen) if ocid else None
        return found or scope.search(
            want,
            "virtual_network",
            "list_route_tables",
            make=seen,
            compartment_id=want.place["compartmentId"],
            vcn_id=want.place["vcnId"],
        )

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in its network."""
        return seen(hand.change("virtual_network", "create_route_table", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name, tags or the rules, all of them at once."""
        return seen(hand.change("virtual_network", "update_route_table", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while a subnet uses it."""
        hand.change("virtual_network", "delete_route_table", found.ocid, target=found.ocid)
