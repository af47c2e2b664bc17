"""A log group: where the logs of an environment are kept together."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class LogGroup(Kind):
    """Rights to read and write logs are given by group."""

    name = "log group"
    group = "Delivery"
    in_place = frozenset({"displayName", "description", "freeformTags", "definedTags"})
    work_requests = "logging"

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("logging", "get_log_group", ocid, make=seen) if ocid else None
        return found or scope.search(want, "logging", "list_log_groups", want.place["compartmentId"], make=seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Order it; OCI answers with a work request."""
        hand.change("logging", "create_log_group", {**want.place, **want.fields})
        return None

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name, description or tags; OCI always wants the name."""
        body = {"displayName": want.fields["displayName"], **fields}
        hand.change("logging", "update_log_group", found.ocid, body, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while there is a log in it."""
        hand.change("logging", "delete_log_group", found.ocid, target=found.ocid)
