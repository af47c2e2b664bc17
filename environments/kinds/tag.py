"""A tag key: one word of the tag namespace."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Tag(Kind):
    """Its name is unique in its namespace."""

    name = "tag key"
    group = "Tenancy"
    needs = ("tag_namespace",)
    in_place = frozenset({"description", "isCostTracking", "isRetired", "freeformTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by name in its namespace."""
        return scope.get("identity", "get_tag", want.place["tagNamespaceId"], want.name, make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in its namespace; a new one is in use at once."""
        body = {name: value for name, value in want.fields.items() if name != "isRetired"}
        return _seen(hand.change("identity", "create_tag", want.place["tagNamespaceId"], body).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change description, cost tracking or tags, or bring it back from retirement."""
        answer = hand.change("identity", "update_tag", want.place["tagNamespaceId"], want.name, fields, target=found.ocid)
        return _seen(answer.data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI wants it retired first."""
        hand.change("identity", "delete_tag", found.wire["tagNamespaceId"], found.name, target=found.ocid)

    def remark(self, want: Desired, found: Found) -> str:
        """Say what retiring means for whoever did it by hand."""
        return "It is retired: it cannot be given to anything. The portal brings it back." if found.wire.get("isRetired") else ""


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="name")
