"""The default security list of a VCN: OCI makes it with SSH open to the world and hangs it on every subnet."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen
from environments.kinds.public_ingress import describe


class DefaultSecurityList(Kind):
    """It comes with its VCN and goes with it; all that can be done is to empty it and to mark it as taken over."""

    name = "default security list"
    group = "Network"
    goes_with = "vcn"
    in_place = frozenset({"ingressSecurityRules", "egressSecurityRules", "displayName", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by the OCID that its VCN names; what OCI made and nobody took over counts as not there yet."""
        found = scope.get("virtual_network", "get_security_list", want.place["id"], make=seen)
        return found if found and found.owner else None

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Take it over: tags on, rules out."""
        return self._put(hand, want.place["id"], want.fields)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name or tags, or throw out the rules that somebody put in."""
        return self._put(hand, found.ocid, fields)

    def delete(self, hand: Hand, found: Found) -> None:
        """Give it back: OCI deletes it with its VCN and never alone."""
        self._put(hand, found.ocid, {"freeformTags": {}})

    def remark(self, want: Desired, found: Found) -> str:
        """Say what the rules that somebody put in let the world reach."""
        return describe(found.wire.get("ingressSecurityRules") or [], allowed=set())

    def _put(self, hand: Hand, ocid: str, fields: dict[str, Any]) -> Found:
        return seen(hand.change("virtual_network", "update_security_list", ocid, fields, target=ocid).data)
