"""A rule set: what a listener does with a request before, or instead of, passing it on."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.backend_set import seen_in
from environments.kinds.kind import Hand, Kind, Scope


class RuleSet(Kind):
    """A part of its load balancer; redirects work on listeners that speak plain HTTP only."""

    name = "rule set"
    group = "Traffic"
    goes_with = "load_balancer"
    needs = ("load_balancer",)
    in_place = frozenset({"items"})
    tagged = False
    lane = work_requests = "load_balancer"

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by name in its load balancer."""
        return scope.get("load_balancer", "get_rule_set", want.place["loadBalancerId"], want.name, make=seen_in(want))

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Order it; no listener uses it yet."""
        hand.change("load_balancer", "create_rule_set", want.place["loadBalancerId"], {"name": want.name, **want.fields})
        return None

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change the rules, all of them at once."""
        hand.change("load_balancer", "update_rule_set", want.place["loadBalancerId"], want.name, fields, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while a listener uses it."""
        hand.change("load_balancer", "delete_rule_set", found.facts["loadBalancerId"], found.name, target=found.ocid)
