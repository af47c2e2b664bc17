"""A bucket of Object Storage."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Bucket(Kind):
    """Its name is unique in the tenancy's namespace and region, and is its only address."""

    name = "bucket"
    group = "Data"
    in_place = frozenset({"publicAccessType", "versioning", "objectEventsEnabled", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by name in the tenancy's namespace."""
        return scope.get("object_storage", "get_bucket", scope.door.namespace, want.name, make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it; OCI takes no retry token here, the name stands in for one."""
        body = {**want.place, **want.fields, "name": want.name}
        return _seen(hand.change("object_storage", "create_bucket", hand.door.namespace, body).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change access, versioning, events or tags."""
        body = fields
        if fields.get("versioning") == "Disabled":  # a bucket that ever kept versions can only be suspended (UpdateBucketDetails)
            body = {**fields, "versioning": "Suspended"}
        answer = hand.change("object_storage", "update_bucket", hand.door.namespace, found.name, body, target=found.ocid)
        return _seen(answer.data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while there is an object in it."""
        hand.change("object_storage", "delete_bucket", hand.door.namespace, found.name, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    """Take "Suspended" for "Disabled": neither keeps new versions, and there is no way back to the latter."""
    if wire.get("versioning") == "Suspended":
        wire = {**wire, "versioning": "Disabled"}
    return seen(wire, name="name", namespace=wire.get("namespace"))
