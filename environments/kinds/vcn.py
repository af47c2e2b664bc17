"""A virtual cloud network."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Vcn(Kind):
    """Its address range is fixed once other things stand in it."""

    name = "VCN"
    group = "Network"
    in_place = frozenset({"displayName", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name."""
        found = scope.get("virtual_network", "get_vcn", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "virtual_network", "list_vcns", make=_seen, compartment_id=want.place["compartmentId"])

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it."""
        return _seen(hand.change("virtual_network", "create_vcn", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name or tags."""
        return _seen(hand.change("virtual_network", "update_vcn", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while anything is in it."""
        hand.change("virtual_network", "delete_vcn", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, defaultSecurityListId=wire.get("defaultSecurityListId"))
