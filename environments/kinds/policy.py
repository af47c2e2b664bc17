"""A policy: statements that say who may do what in the compartment."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Policy(Kind):
    """Lives in the environment's compartment and is written in the tenancy's home region; other regions follow in minutes."""

    name = "policy"
    group = "Rights"
    in_place = frozenset({"description", "statements", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("identity", "get_policy", ocid, make=_seen) if ocid else None
        place = want.place["compartmentId"]
        return found or scope.search(want, "identity", "list_policies", place, make=_seen, get="get_policy")

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it with its statements."""
        return _seen(hand.change("identity", "create_policy", {**want.place, **want.fields, "name": want.name}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change statements, description or tags, unless somebody else did so since it was read."""
        unchanged = {"if_match": found.etag} if found.etag else {}
        return _seen(hand.change("identity", "update_policy", found.ocid, fields, target=found.ocid, **unchanged).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it: its rights end."""
        hand.change("identity", "delete_policy", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="name")
