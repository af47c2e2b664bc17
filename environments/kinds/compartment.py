"""A compartment: the room of one environment in the tenancy."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Compartment(Kind):
    """Lives in the root compartment; its name is unique there, and stays a while after a deletion."""

    name = "compartment"
    group = "Tenancy"
    needs = ()
    in_place = frozenset({"description", "name", "freeformTags", "definedTags"})
    seconds = 15

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by name in the root."""
        found = scope.get("identity", "get_compartment", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "identity", "list_compartments", want.place["compartmentId"], make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in the root."""
        return _seen(hand.change("identity", "create_compartment", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change description or tags."""
        return _seen(hand.change("identity", "update_compartment", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while anything is in it."""
        hand.change("identity", "delete_compartment", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="name")
