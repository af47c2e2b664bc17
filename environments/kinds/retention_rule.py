"""A retention rule of a bucket: what may be neither changed nor deleted for a time."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Make, Scope, seen


class RetentionRule(Kind):
    """A part of its bucket. It is never locked: a locked one cannot be shortened or removed by anybody, Oracle included."""

    name = "retention rule"
    group = "Data"
    guards = "bucket"
    in_place = frozenset({"duration"})
    tagged = False

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by its name among the rules of its bucket."""
        place = (scope.door.namespace, want.place["bucketName"])
        return scope.search(want, "object_storage", "list_retention_rules", *place, make=_seen_in(want))

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it; OCI refuses while the bucket keeps versions."""
        place = (hand.door.namespace, want.place["bucketName"])
        answer = hand.change("object_storage", "create_retention_rule", *place, want.fields)
        return _seen_in(want)(answer.data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change for how long; OCI refuses to shorten a rule that somebody locked."""
        place = (hand.door.namespace, want.place["bucketName"], found.facts["rule"])
        answer = hand.change("object_storage", "update_retention_rule", *place, fields, target=found.ocid)
        return _seen_in(want)(answer.data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Remove it: what it kept can be deleted."""
        place = (hand.door.namespace, found.facts["bucketName"], found.facts["rule"])
        hand.change("object_storage", "delete_retention_rule", *place, target=found.ocid)


def _seen_in(want: Desired) -> Make:
    """Return how a rule is read: its id is none outside its bucket, so the bucket's comes first."""

    def make(wire: dict[str, Any]) -> Found:
        number, bucket = wire.get("id", ""), want.place["bucketName"]
        return seen({**wire, "id": f"{want.place['bucket']}/retention/{number}"}, rule=number, bucketName=bucket)

    return make
