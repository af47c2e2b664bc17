"""A DNS record set: the addresses behind one name."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Make, Scope, seen

ADDRESS = "A"


class DnsRecord(Kind):
    """A part of its zone: name and type are its address, and it is always written as a whole."""

    name = "DNS record"
    group = "Traffic"
    goes_with = "dns_zone"
    needs = ("dns_zone",)
    in_place = frozenset({"items"})
    tagged = False

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by name and type; OCI shows a set that is not there as an empty one."""
        return scope.get("dns", "get_rr_set", want.place["zone"], want.name, ADDRESS, make=_seen_of(want))

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Write the set."""
        return self._put(hand, want)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Write the set again, all of it."""
        return self._put(hand, want)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete the set: the name leads nowhere."""
        hand.change("dns", "delete_rr_set", found.facts["zone"], found.name, ADDRESS, target=found.ocid)

    def _put(self, hand: Hand, want: Desired) -> Found:
        return _seen_of(want)(hand.change("dns", "update_rr_set", want.place["zone"], want.name, ADDRESS, want.fields).data)


def _seen_of(want: Desired) -> Make:
    """Return how a set is read: it has no OCID, so zone, name and type stand in for one."""
    zone = want.place["zone"]

    def make(wire: dict[str, Any]) -> Found:
        there = {"lifecycleState": "ACTIVE" if wire.get("items") else "DELETED"}
        return seen({**wire, **there, "id": f"{zone}/{want.name}/{ADDRESS}", "displayName": want.name}, zone=zone)

    return make
