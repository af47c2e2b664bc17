"""A network security group with its rules."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from environments.desired import Actual, Desired, agrees
from environments.kinds.kind import NAMED, Reader, Wire, Writer
from environments.kinds.network import NetworkKind
from environments.kinds.public_ingress import describe
from environments.kinds.removals import items, left_over, rule
from environments.kinds.terraform_form import Form, TerraformPart

RULE = Form(
    "oci_core_network_security_group_security_rule",
    {"isStateless": "stateless"},
    imported="networkSecurityGroups/{whole}/securityRules/{part}",
)


class NetworkSecurityGroupKind(NetworkKind):
    """Its rules are a list of their own in OCI, without name or tag, so they are compared one
    by one.
    """

    name, noun = "network security group", "network_security_group"
    in_place = NAMED | {"rules"}
    removals = {"rules": items("Rule", rule)}
    closes_ports = True
    not_at_creation = frozenset({"rules"})  # they are added by the update that follows
    console = "/networking/vcns/{vcn}/network-security-groups/{ocid}"
    terraform = Form("oci_core_network_security_group", left_out=frozenset({"rules"}))

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Keep the ids of its rules as a fact, which no tag names and an import needs."""
        rules = wire.get("rules") or []
        ids = {_title(rule): rule.get("id", "") for rule in rules}
        return Actual.from_wire({**wire, "rules": rules}, rules=ids)

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read the group, then its rules."""
        found = super().read(reader, want, ocid)
        if found is None:
            return None
        operation = "list_network_security_group_security_rules"
        rules = reader.list_all(self.service, operation, found.ocid)
        return self.from_wire({**found.wire, "rules": rules})

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change name or tags; add the missing rules, then remove those that nobody asked for."""
        change = partial(writer.change, self.service, target=actual.ocid)
        plain = {name: value for name, value in fields.items() if name != "rules"}
        if plain:
            change("update_network_security_group", actual.ocid, plain)
        wanted, present = want.fields["rules"], actual.wire["rules"]
        missing = [rule for rule in wanted if not any(agrees(rule, other) for other in present)]
        extra = [rule["id"] for rule in left_over(wanted, present)]
        if missing:
            operation, body = (
                "add_network_security_group_security_rules",
                {"securityRules": missing},
            )
            answer = change(operation, actual.ocid, body)
            present = [*present, *(answer.data or {}).get("securityRules", [])]
        if extra:
            operation, ids = (
                "remove_network_security_group_security_rules",
                {"securityRuleIds": extra},
            )
            change(operation, actual.ocid, ids)
        left = [rule for rule in present if rule.get("id") not in extra]
        return None if plain else self.from_wire({**actual.wire, "rules": left})

    def remark(self, want: Desired, actual: Actual) -> str:
        """Say what rules that nobody asked for let the world reach."""
        return describe(left_over(want.fields["rules"], actual.wire["rules"]), allowed=set())

    def widened(self, want: Desired, actual: Actual) -> Desired:
        """Keep the rules that nobody asked for."""
        extra = left_over(want.fields["rules"], actual.wire["rules"])
        return replace(want, fields={**want.fields, "rules": [*want.fields["rules"], *extra]})

    def terraform_parts(self, want: Desired, facts: Mapping[str, Any]) -> list[TerraformPart]:
        """Return its rules: resources of their own for Terraform."""
        ids, place = facts.get("rules") or {}, {"networkSecurityGroupId": f"${{{want.key}}}"}
        return [
            TerraformPart(title, RULE, Desired(want.key, "", "", place, rule), ids.get(title, ""))
            for rule in want.fields.get("rules") or ()
            for title in (_title(rule),)
        ]


def _title(rule: Mapping[str, Any]) -> str:
    return f"{rule['direction']} {rule.get('description') or ''}"
