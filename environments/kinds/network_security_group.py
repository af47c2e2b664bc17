"""A network security group with its rules."""

from typing import Any

from environments.desired import Desired, Found, agrees
from environments.kinds.kind import Hand, Kind, Scope, seen
from environments.kinds.public_ingress import describe


class NetworkSecurityGroup(Kind):
    """Its rules are a list of their own in OCI: no name, no tag, no retry token, so they are compared one by one."""

    name = "network security group"
    group = "Network"
    in_place = frozenset({"rules", "displayName", "freeformTags", "definedTags"})

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in its network; then its rules."""
        found = scope.get("virtual_network", "get_network_security_group", ocid, make=seen) if ocid else None
        place = {"compartment_id": want.place["compartmentId"], "vcn_id": want.place["vcnId"]}
        found = found or scope.search(want, "virtual_network", "list_network_security_groups", make=seen, **place)
        if found is None:
            return None
        rules = scope.listed("virtual_network", "list_network_security_group_security_rules", found.ocid)
        return _seen(found.wire, rules)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it empty: the rules are added by the update that follows."""
        body = {name: value for name, value in {**want.place, **want.fields}.items() if name != "rules"}
        return _seen(hand.change("virtual_network", "create_network_security_group", body).data, [])

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name or tags; add the missing rules, then remove those that nobody asked for."""
        plain = {name: value for name, value in fields.items() if name != "rules"}
        if plain:
            hand.change("virtual_network", "update_network_security_group", found.ocid, plain, target=found.ocid)
        wanted, present = want.fields["rules"], found.wire["rules"]
        missing = [rule for rule in wanted if not any(agrees(rule, other) for other in present)]
        extra = [rule["id"] for rule in _left_over(wanted, present)]
        if missing:
            body = {"securityRules": missing}
            answer = hand.change(
                "virtual_network", "add_network_security_group_security_rules", found.ocid, body, target=found.ocid
            )
            present = [*present, *(answer.data or {}).get("securityRules", [])]
        if extra:
            gone = {"securityRuleIds": extra}
            hand.change("virtual_network", "remove_network_security_group_security_rules", found.ocid, gone, target=found.ocid)
        left = [rule for rule in present if rule.get("id") not in extra]
        return None if plain else _seen(found.wire, left)

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it; OCI refuses while a network card is in it."""
        hand.change("virtual_network", "delete_network_security_group", found.ocid, target=found.ocid)

    def remark(self, want: Desired, found: Found) -> str:
        """Say what rules that nobody asked for let the world reach."""
        return describe(_left_over(want.fields["rules"], found.wire["rules"]), allowed=set())


def _seen(wire: dict[str, Any], rules: list[Any]) -> Found:
    """Return the group with its rules; their ids, which no tag tells, are kept as a fact for whoever imports them."""
    ids = {f"{rule['direction']} {rule.get('description') or ''}": rule.get("id", "") for rule in rules}
    return seen({**wire, "rules": rules}, rules=ids)


def _left_over(wanted: list[Any], present: list[Any]) -> list[Any]:
    """Return the rules that match no wanted one, and the second of two that match the same."""
    waiting, left = list(wanted), []
    for rule in present:
        partner = next((number for number, want in enumerate(waiting) if agrees(want, rule)), None)
        if partner is None:
            left.append(rule)
        else:
            waiting.pop(partner)
    return left
