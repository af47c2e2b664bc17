"""A budget alert: who gets a mail when so much of a budget is spent."""

import re
from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen

BETWEEN = ","  # recipients, as the portal writes them


class BudgetAlert(Kind):
    """Stands in its budget, with an OCID and tags of its own. OCI sends the mails itself, past topic and portal."""

    name = "budget alert"
    group = "Alarms"
    needs = ("budget",)
    in_place = frozenset(
        {"displayName", "type", "threshold", "thresholdType", "recipients", "message", "freeformTags", "definedTags"}
    )

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in its budget."""
        budget = want.place["budgetId"]
        found = scope.get("budget", "get_alert_rule", budget, ocid, make=_seen) if ocid else None
        return found or scope.search(want, "budget", "list_alert_rules", budget, make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in its budget."""
        return _seen(hand.change("budget", "create_alert_rule", want.place["budgetId"], want.fields).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change whatever differs."""
        place = (want.place["budgetId"], found.ocid)
        return _seen(hand.change("budget", "update_alert_rule", *place, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it: nobody is told any more."""
        hand.change("budget", "delete_alert_rule", found.facts["budgetId"], found.ocid, target=found.ocid)


def listed(addresses: list[str]) -> str:
    """Return addresses as one text, the same whatever their order."""
    return BETWEEN.join(sorted(addresses))


def _seen(wire: dict[str, Any]) -> Found:
    """Write the recipients as the portal does: OCI takes commas, semicolons and blanks between them."""
    recipients = [one for one in re.split(r"[,;\s]+", wire.get("recipients") or "") if one]
    return seen({**wire, "recipients": listed(recipients)}, budgetId=wire.get("budgetId"))
