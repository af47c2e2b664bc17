"""A log: what a service of OCI writes about a resource, or what the application sends itself."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Log(Kind):
    """A service log belongs to one resource: when that was made anew, so must be its log."""

    name = "log"
    group = "Delivery"
    needs = ("log_group",)
    in_place = frozenset({"displayName", "isEnabled", "retentionDuration", "freeformTags", "definedTags"})
    replaceable = True
    work_requests = "logging"

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in its group."""
        group = want.place["logGroupId"]
        found = scope.get("logging", "get_log", group, ocid, make=seen_log) if ocid else None
        return found or scope.search(want, "logging", "list_logs", group, make=seen_log)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Order it; OCI answers with a work request, and refuses a second log of one resource and category."""
        hand.change("logging", "create_log", want.place["logGroupId"], want.fields)
        return None

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name, retention or tags, or switch it on or off."""
        hand.change("logging", "update_log", want.place["logGroupId"], found.ocid, fields, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it with its entries."""
        hand.change("logging", "delete_log", found.facts["logGroupId"], found.ocid, target=found.ocid)


def seen_log(wire: dict[str, Any]) -> Found:
    """Return a log as found, with its group: every call about it needs both."""
    return seen(wire, logGroupId=wire.get("logGroupId"))
