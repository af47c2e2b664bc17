"""A container repository."""

from typing import Any

from environments.desired import Desired, Found, refs
from environments.kinds.kind import Hand, Kind, Scope, seen
from portal.cloud.errors import NotFoundOrForbidden


class Repository(Kind):
    """Made before the first push: a push to a path that does not exist makes it in the root compartment."""

    name = "container repository"
    group = "Delivery"
    anywhere = True
    in_place = frozenset({"isPublic", "isImmutable", "compartmentId", "freeformTags", "definedTags"})
    taken = (
        "The path is unique in the tenancy, and taken by a repository that the portal cannot see. Have it removed or renamed "
        "by whoever owns it, or give the portal `read repos in tenancy` and plan again."
    )

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or path in the compartment, else by path wherever in the tenancy a push made it."""
        found = scope.get("artifacts", "get_container_repository", ocid, make=_seen) if ocid else None
        get = "get_container_repository"
        lists = ("artifacts", "list_container_repositories")
        if not found and not refs(want.place):
            found = scope.search(want, *lists, want.place["compartmentId"], make=_seen, get=get)
        everywhere = {"compartment_id_in_subtree": "true", "display_name": want.name}
        try:
            return found or scope.search(want, *lists, scope.door.tenancy, make=_seen, get=get, **everywhere)
        except NotFoundOrForbidden:
            return None  # the portal may look into its own compartments only; creating it will tell

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it under its path."""
        body = {**want.place, **want.fields, "displayName": want.name}
        return _seen(hand.change("artifacts", "create_container_repository", body).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change visibility or tags; move it first where it stands in another compartment, with its images."""
        if "compartmentId" in fields:
            body = {"compartmentId": fields["compartmentId"]}
            hand.change("artifacts", "change_container_repository_compartment", found.ocid, body, target=found.ocid)
            return None
        return _seen(hand.change("artifacts", "update_container_repository", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it with its images."""
        hand.change("artifacts", "delete_container_repository", found.ocid, target=found.ocid)

    def stranger(self, want: Desired, found: Found) -> str:
        """Tell of a repository that a push made in the root compartment before it was created here."""
        where = found.wire.get("compartmentId")
        if where == want.place["compartmentId"]:
            return ""
        return (
            f"It is in the compartment {where}: a push to a path that does not exist makes it in the root compartment. "
            "Once it carries these tags, the next plan moves it here with its images."
        )


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, path=f"{wire.get('namespace')}/{wire.get('displayName')}")
