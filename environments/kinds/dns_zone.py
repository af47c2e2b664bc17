"""A DNS zone: the part of the world's names that an environment answers for."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class DnsZone(Kind):
    """Its name is unique in the tenancy; the world finds it once the domain above delegates to its name servers."""

    name = "DNS zone"
    group = "Traffic"
    in_place = frozenset({"freeformTags", "definedTags"})
    instead = "Put the domain back, or delete the old zone in the OCI console; the next plan makes the new one."

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("dns", "get_zone", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "dns", "list_zones", want.place["compartmentId"], make=_seen, get="get_zone")

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it with nothing in it but its own name servers."""
        body = {**want.place, **want.fields, "migrationSource": "NONE"}
        return _seen(hand.change("dns", "create_zone", body).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change tags."""
        return _seen(hand.change("dns", "update_zone", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it with all its records: none of its names is found any more."""
        hand.change("dns", "delete_zone", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    servers = [server["hostname"] for server in wire.get("nameservers") or []]
    return seen(wire, name="name", nameservers=servers)
