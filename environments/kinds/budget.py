"""A budget: what may be spent in a month before somebody is told."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Budget(Kind):
    """Stands in the tenancy's root whatever it watches; OCI compares once a day, and stops nothing."""

    name = "budget"
    group = "Alarms"
    anywhere = True
    in_place = frozenset({"displayName", "description", "amount", "resetPeriod", "freeformTags", "definedTags"})
    instead = "Delete the budget in the OCI console: the next plan makes one that watches this environment's compartment."
    taken = (
        "OCI takes one budget for a compartment, and this one has a budget that the portal cannot see. Have it removed by "
        "whoever owns it, or give the portal `manage usage-budgets in tenancy` and plan again."
    )

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the tenancy, else as the one that watches the same compartment."""
        found = scope.get("budget", "get_budget", ocid, make=_seen) if ocid else None
        place = want.place["compartmentId"]
        return found or scope.search(want, "budget", "list_budgets", place, make=_seen) or _same_target(scope, want)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it without anybody who is told."""
        return _seen(hand.change("budget", "create_budget", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change amount, name, description or tags; what it watches never changes."""
        return _seen(hand.change("budget", "update_budget", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; its alerts were deleted before, for OCI does not say what becomes of them."""
        hand.change("budget", "delete_budget", found.ocid, target=found.ocid)

    def stranger(self, want: Desired, found: Found) -> str:
        """Tell what it watches: OCI takes no second budget for a compartment."""
        same = found.wire.get("targets") == want.place["targets"]
        return "It watches this environment's compartment, for which OCI takes no second one." if same else ""


def _same_target(scope: Scope, want: Desired) -> Found | None:
    listed = map(_seen, scope.listed("budget", "list_budgets", want.place["compartmentId"]))
    return next((found for found in listed if found.wire.get("targets") == want.place["targets"]), None)


def _seen(wire: dict[str, Any]) -> Found:
    """Show the amount as it is set: OCI takes whole numbers, and answers them with a point."""
    amount = wire.get("amount")
    return seen({**wire, "amount": int(amount)} if isinstance(amount, float) and amount.is_integer() else wire)
