"""A backend set: the group of containers that a listener sends requests to."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class BackendSet(Kind):
    """A part of its load balancer. Which backends are in it is the business of releases, never of the plan."""

    name = "backend set"
    group = "Traffic"
    goes_with = "load_balancer"
    needs = ("load_balancer",)
    in_place = frozenset({"policy", "healthChecker"})
    tagged = False
    lane = work_requests = "load_balancer"

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by name in its load balancer."""
        return scope.get("load_balancer", "get_backend_set", want.place["loadBalancerId"], want.name, make=seen_in(want))

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Order it, empty."""
        hand.change("load_balancer", "create_backend_set", {"name": want.name, **want.fields}, want.place["loadBalancerId"])
        return None

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change policy or health check, with the backends that are in it now."""
        body = {**want.fields, "backends": [_as_ordered(backend) for backend in found.wire.get("backends") or []]}
        hand.change("load_balancer", "update_backend_set", body, want.place["loadBalancerId"], want.name, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while a listener leads to it."""
        hand.change("load_balancer", "delete_backend_set", found.facts["loadBalancerId"], found.name, target=found.ocid)


def seen_in(want: Desired) -> Any:
    """Return how a part of a load balancer is read: it has no OCID, so its place and name stand in for one."""
    balancer = want.place["loadBalancerId"]

    def make(wire: dict[str, Any]) -> Found:
        return seen({**wire, "id": f"{balancer}/{want.name}"}, name="name", loadBalancerId=balancer)

    return make


def _as_ordered(backend: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in backend.items() if name != "name" and value is not None}
