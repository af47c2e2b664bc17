"""A subscription: sends what a topic announces to the portal's webhook."""

from typing import Any

from environments import webhook_address
from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen
from portal.lib.redact import redact

SEAL_TAG = "portal-seal"


class Subscription(Kind):
    """Its address carries a password: `endpoint` is shown masked, `seal` is a keyed digest kept as a tag in OCI."""

    name = "subscription"
    group = "Alarms"
    needs = ("topic",)
    in_place = frozenset({"freeformTags", "definedTags"})
    replaceable = True

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or address among the topic's subscriptions."""
        found = scope.get("ons_data", "get_subscription", ocid, make=_seen) if ocid else None
        place = {"topic_id": want.place["topicId"]}
        return found or scope.search(want, "ons_data", "list_subscriptions", want.place["compartmentId"], make=_seen, **place)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it; it delivers once the portal has answered OCI's confirmation."""
        fields = {name: value for name, value in want.fields.items() if name != "seal"}
        fields["freeformTags"] = {**fields["freeformTags"], SEAL_TAG: want.fields["seal"]}
        body = {**want.place, **fields, "endpoint": webhook_address.address()}
        return _seen(hand.change("ons_data", "create_subscription", body).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change tags; OCI changes neither address nor protocol."""
        hand.change("ons_data", "update_subscription", found.ocid, fields, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it: nothing is delivered until there is another."""
        hand.change("ons_data", "delete_subscription", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    endpoint = str(redact(wire.get("endpoint") or ""))
    seal = (wire.get("freeformTags") or {}).get(SEAL_TAG, "")
    return seen({**wire, "endpoint": endpoint, "displayName": endpoint, "seal": seal})
