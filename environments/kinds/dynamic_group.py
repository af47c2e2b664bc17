"""A dynamic group: running containers that policies give rights to."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class DynamicGroup(Kind):
    """Lives in the tenancy's home region; its rule says which resources are in it."""

    name = "dynamic group"
    group = "Rights"
    in_place = frozenset({"description", "matchingRule", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the tenancy."""
        found = scope.get("identity", "get_dynamic_group", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "identity", "list_dynamic_groups", want.place["compartmentId"], make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it with its rule."""
        return _seen(hand.change("identity", "create_dynamic_group", {**want.place, **want.fields, "name": want.name}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change description, rule or tags."""
        return _seen(hand.change("identity", "update_dynamic_group", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it: what was in it loses its rights."""
        hand.change("identity", "delete_dynamic_group", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="name")
