"""A tag default: the tag that everything gets which is made in a compartment without naming one."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class TagDefault(Kind):
    """It has no name and no tags of its own: compartment and tag key together are its address."""

    name = "tag default"
    group = "Tenancy"
    in_place = frozenset({"value", "isRequired"})
    tagged = False

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read it out of the compartment's list, by its tag key."""
        found = scope.listed("identity", "list_tag_defaults", compartment_id=want.place["compartmentId"])
        return next((_seen(wire) for wire in found if wire["tagDefinitionId"] == want.place["tagDefinitionId"]), None)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it; what exists already keeps the tags that it has."""
        return _seen(hand.change("identity", "create_tag_default", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change the value, for what is made from now on; OCI wants both fields."""
        return _seen(hand.change("identity", "update_tag_default", found.ocid, want.fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it: nothing is tagged by itself any more."""
        hand.change("identity", "delete_tag_default", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="tagDefinitionName")
