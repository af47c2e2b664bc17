"""A listener: the port on which the load balancer answers."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.backend_set import seen_in
from environments.kinds.kind import Hand, Kind, Scope


class Listener(Kind):
    """A part of its load balancer, which OCI shows only as a whole."""

    name = "listener"
    group = "Traffic"
    goes_with = "load_balancer"
    needs = ("load_balancer",)
    in_place = frozenset({"port", "protocol", "defaultBackendSetName", "ruleSetNames", "sslConfiguration"})
    tagged = False
    lane = work_requests = "load_balancer"

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read it out of its load balancer."""
        make = seen_in(want)
        whole = scope.get("load_balancer", "get_load_balancer", want.place["loadBalancerId"], make=make)
        wire = (whole.wire.get("listeners") or {}).get(want.name) if whole else None
        return make({**wire, "ruleSetNames": wire.get("ruleSetNames") or []}) if wire else None

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Order it."""
        hand.change("load_balancer", "create_listener", {"name": want.name, **want.fields}, want.place["loadBalancerId"])
        return None

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change port, protocol, backend set, rule sets or TLS: OCI wants all of them."""
        hand.change("load_balancer", "update_listener", want.fields, want.place["loadBalancerId"], want.name, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it: its port answers no more."""
        hand.change("load_balancer", "delete_listener", found.facts["loadBalancerId"], found.name, target=found.ocid)
