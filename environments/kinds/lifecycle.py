"""The lifecycle rules of a bucket: what Object Storage clears away by itself, once a day."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Make, Scope, seen


class Lifecycle(Kind):
    """A part of its bucket: one list of rules, written as a whole. Without the service's policy OCI refuses it."""

    name = "lifecycle rules"
    group = "Data"
    goes_with = "bucket"
    needs = ("policy.services",)
    in_place = frozenset({"items"})
    tagged = False

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by the name of its bucket."""
        place = (scope.door.namespace, want.name)
        return scope.get("object_storage", "get_object_lifecycle_policy", *place, make=_seen_of(want))

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Write the rules."""
        return self._put(hand, want)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Write the rules again, all of them, unless somebody else did so since they were read."""
        return self._put(hand, want, **({"if_match": found.etag} if found.etag else {}))

    def delete(self, hand: Hand, found: Found) -> None:
        """Remove the rules: everything is kept."""
        place = (hand.door.namespace, found.name)
        hand.change("object_storage", "delete_object_lifecycle_policy", *place, target=found.ocid)

    def _put(self, hand: Hand, want: Desired, **unchanged: str) -> Found:
        place = (hand.door.namespace, want.name)
        answer = hand.change("object_storage", "put_object_lifecycle_policy", *place, want.fields, **unchanged)
        return _seen_of(want)(answer.data)


def _seen_of(want: Desired) -> Make:
    """Return how rules are read: they have no OCID, so that of their bucket stands in for one."""

    def make(wire: dict[str, Any]) -> Found:
        return seen({**wire, "id": f"{want.place['bucket']}/lifecycle", "displayName": want.name})

    return make
