"""A bucket of Object Storage."""

from contextlib import suppress
from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen
from portal.cloud.door import Door
from portal.cloud.errors import NotFoundOrForbidden

PAGE = 100  # versions of objects that are looked at, or deleted, at a time


class Bucket(Kind):
    """Its name is unique in the tenancy's namespace and region, and is its only address."""

    name = "bucket"
    group = "Data"
    anywhere = True
    in_place = frozenset({"publicAccessType", "versioning", "objectEventsEnabled", "freeformTags", "definedTags"})
    taken = (
        "Bucket names are unique in the tenancy's namespace and region, and this one is taken in a compartment that the portal "
        "cannot see. Have that bucket removed by whoever owns it, or give the environment another prefix."
    )

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

    def held(self, scope: Scope, found: Found) -> int:
        """Count the versions of objects in it: OCI deletes no bucket that holds any."""
        return len(_versions(scope.door, found))

    def clear(self, hand: Hand, found: Found) -> bool:
        """Delete a page of versions of objects, for good."""
        versions = _versions(hand.door, found)
        for version in versions:
            number = {"version_id": version["versionId"]} if version.get("versionId") else {}
            place = (hand.door.namespace, found.name, version["name"])
            with suppress(NotFoundOrForbidden):  # an earlier try did it
                hand.change("object_storage", "delete_object", *place, **number, apart=str(version.get("versionId", place[2])))
        return bool(versions)

    def stranger(self, want: Desired, found: Found) -> str:
        """Tell in which compartment a bucket of this name is and who made it: names are unique in the whole namespace."""
        where, who = found.wire.get("compartmentId"), found.wire.get("createdBy")
        place = "this environment's compartment" if where == want.place["compartmentId"] else f"the compartment {where}"
        return f"It is in {place}, made by {who}; bucket names are unique in the tenancy's namespace and region."


def _versions(door: Door, found: Found) -> list[dict[str, Any]]:
    answer = door.read("object_storage", "list_object_versions", door.namespace, found.name, limit=PAGE)
    items: list[dict[str, Any]] = answer.data.get("items", [])
    return items


def _seen(wire: dict[str, Any]) -> Found:
    """Take "Suspended" for "Disabled": neither keeps new versions, and there is no way back to the latter."""
    if wire.get("versioning") == "Suspended":
        wire = {**wire, "versioning": "Disabled"}
    return seen(wire, name="name", namespace=wire.get("namespace"))
