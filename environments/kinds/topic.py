"""A notification topic: where alarms are announced."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Topic(Kind):
    """Its name is unique in the tenancy."""

    name = "topic"
    group = "Alarms"
    in_place = frozenset({"description", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("ons_control", "get_topic", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "ons_control", "list_topics", want.place["compartmentId"], make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it under its name."""
        return _seen(hand.change("ons_control", "create_topic", {**want.place, **want.fields, "name": want.name}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change description or tags; OCI always wants the description."""
        body = {"description": want.fields["description"], **fields}
        return _seen(hand.change("ons_control", "update_topic", found.ocid, body, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it with its subscriptions."""
        hand.change("ons_control", "delete_topic", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, ocid="topicId", name="name")
