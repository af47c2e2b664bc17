"""An alarm: a question about metrics that OCI asks every minute."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Alarm(Kind):
    """Tells its topic when the answer changes."""

    name = "alarm"
    group = "Alarms"
    in_place = frozenset(
        {"displayName", "namespace", "query", "severity", "body", "destinations", "isEnabled", "pendingDuration", "messageFormat"}
        | {"metricCompartmentId", "repeatNotificationDuration", "freeformTags", "definedTags"}
    )

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("monitoring", "get_alarm", ocid, make=seen) if ocid else None
        place = want.place["compartmentId"]
        return found or scope.search(want, "monitoring", "list_alarms", place, make=seen, get="get_alarm")

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it."""
        return seen(hand.change("monitoring", "create_alarm", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change whatever differs."""
        return seen(hand.change("monitoring", "update_alarm", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it."""
        hand.change("monitoring", "delete_alarm", found.ocid, target=found.ocid)
