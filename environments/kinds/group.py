"""A group of people: what policies give rights to."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Group(Kind):
    """Lives in the tenancy's home region; its name is unique there, also among dynamic groups. Who is in it is not the plan's."""

    name = "group"
    group = "Rights"
    needs = ()
    in_place = frozenset({"description", "freeformTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the tenancy."""
        found = scope.get("identity", "get_group", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "identity", "list_groups", want.place["compartmentId"], make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it, with nobody in it."""
        return _seen(hand.change("identity", "create_group", {**want.place, **want.fields, "name": want.name}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change description or tags."""
        return _seen(hand.change("identity", "update_group", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while anybody is in it."""
        hand.change("identity", "delete_group", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="name")
