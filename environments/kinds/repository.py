"""A container repository."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Repository(Kind):
    """Made before the first push: a push to a path that does not exist makes it in the root compartment."""

    name = "container repository"
    group = "Delivery"
    in_place = frozenset({"isPublic", "isImmutable", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or path in the compartment."""
        found = scope.get("artifacts", "get_container_repository", ocid, make=_seen) if ocid else None
        get = "get_container_repository"
        return found or scope.search(
            want, "artifacts", "list_container_repositories", want.place["compartmentId"], make=_seen, get=get
        )

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it under its path."""
        body = {**want.place, **want.fields, "displayName": want.name}
        return _seen(hand.change("artifacts", "create_container_repository", body).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change visibility or tags."""
        return _seen(hand.change("artifacts", "update_container_repository", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it with its images."""
        hand.change("artifacts", "delete_container_repository", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, path=f"{wire.get('namespace')}/{wire.get('displayName')}")
