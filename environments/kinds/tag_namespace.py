"""A tag namespace: the vocabulary of cost and ownership tags, one for all environments."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class TagNamespace(Kind):
    """Its name is unique in the tenancy, whatever the case of its letters; it is retired, not renamed."""

    name = "tag namespace"
    group = "Tenancy"
    needs = ()
    in_place = frozenset({"description", "isRetired", "freeformTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by name."""
        found = scope.get("identity", "get_tag_namespace", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "identity", "list_tag_namespaces", want.place["compartmentId"], make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in the root; a new one is in use at once."""
        body = {**want.place, **want.fields}
        body.pop("isRetired")
        return _seen(hand.change("identity", "create_tag_namespace", body).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change description or tags, or bring it back from retirement."""
        return _seen(hand.change("identity", "update_tag_namespace", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI wants it retired first."""
        hand.change("identity", "delete_tag_namespace", found.ocid, target=found.ocid)

    def remark(self, want: Desired, found: Found) -> str:
        """Say what retiring means for whoever did it by hand."""
        if not found.wire.get("isRetired"):
            return ""
        return "Somebody retired it: no tag of it can be given any more. The portal brings it back, and then each of its keys."


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="name")
