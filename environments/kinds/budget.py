"""A budget and its alerts: what may be spent in a month, and who gets a mail before."""

import re
from collections.abc import Iterable, Iterator

from environments.desired import Actual, Desired
from environments.kinds.kind import NAMED, Reader, Wire
from environments.kinds.removals import left_over
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form

BETWEEN = ","  # recipients, as the portal writes them


def _recipients(want: str, have: str) -> Iterator[str]:
    for one in left_over(_split(want), _split(have)):
        yield f"Recipient removed: {one}."


def _split(recipients: str | None) -> list[str]:
    return [one for one in re.split(r"[,;\s]+", recipients or "") if one]


class BudgetKind(StandardKind):
    """Lives in the tenancy's root whatever it watches; OCI compares once a day, and stops
    nothing.
    """

    name, group = "budget", "Alarms"
    service, noun = "budget", "budget"
    tenancy_wide = True
    lives_in_root = True
    in_place = NAMED | {"description", "amount", "resetPeriod"}
    cannot_change_hint = (
        "Delete the budget in the OCI console: the next plan creates one that watches this "
        "environment's compartment."
    )
    name_taken_hint = (
        "OCI takes one budget for a compartment, and this one has a budget that the portal cannot "
        "see. Ask its owner to remove it, or give the portal `manage usage-budgets in tenancy` and "
        "plan again."
    )
    price = "free"
    portal_rights = ("manage usage-budgets in tenancy",)
    terraform = Form("oci_budget_budget")

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Show the amount as it is set: OCI takes whole numbers, and answers them with a point."""
        amount = wire.get("amount")
        whole = isinstance(amount, float) and amount.is_integer()
        return Actual.from_wire({**wire, "amount": int(amount or 0)} if whole else wire)

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by OCID, tag or name, else as the budget that watches the same compartment."""
        return super().read(reader, want, ocid) or self._same_target(reader, want)

    def _same_target(self, reader: Reader, want: Desired) -> Actual | None:
        within = {"compartment_id": want.place["compartmentId"]}
        budgets = map(self.from_wire, reader.list_all("budget", "list_budgets", **within))
        return next((one for one in budgets if _watches(one, want)), None)

    def foreign_hint(self, want: Desired, actual: Actual) -> str:
        """Say what it watches: OCI takes no second budget for a compartment."""
        same = "It watches this environment's compartment, for which OCI takes no second one."
        return same if _watches(actual, want) else ""


class BudgetAlertKind(StandardKind):
    """Lives in its budget, with an OCID and tags of its own; OCI sends the mails itself."""

    name, group = "budget alert", "Alarms"
    service, noun, parent = "budget", "alert_rule", "budgetId"
    needs = ("budget",)
    lives_in_root = True
    in_place = NAMED | {"type", "threshold", "thresholdType", "recipients", "message"}
    removals = {"recipients": _recipients}
    price = "free"
    portal_rights = BudgetKind.portal_rights
    terraform = Form("oci_budget_alert_rule", imported="budgets/{budgetId}/alertRules/{ocid}")

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Write the recipients as the portal does: OCI takes commas, semicolons and blanks."""
        recipients = _split(wire.get("recipients"))
        return super().from_wire({**wire, "recipients": join_addresses(recipients)}, want)


def join_addresses(addresses: Iterable[str]) -> str:
    """Return addresses as one text, the same whatever their order."""
    return BETWEEN.join(sorted(addresses))


def _watches(actual: Actual, want: Desired) -> bool:
    return bool(actual.wire.get("targets") == want.place["targets"])
