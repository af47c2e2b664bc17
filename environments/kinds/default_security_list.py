"""The default security list of a VCN: OCI makes it with SSH open to the world, for every subnet."""

from dataclasses import replace
from typing import Any

from environments.desired import Actual, Desired
from environments.kinds.kind import NAMED, Kind, Reader, Writer
from environments.kinds.network import NetworkKind
from environments.kinds.public_ingress import describe
from environments.kinds.removals import items, rule
from environments.kinds.terraform_form import Form

RULES = ("ingressSecurityRules", "egressSecurityRules")


class DefaultSecurityListKind(Kind):
    """Created and deleted with its VCN; all that can be done is to empty it and mark it as
    taken over.
    """

    name, group = "default security list", "Network"
    deleted_with = "vcn"
    in_place = NAMED | {*RULES}
    removals = dict.fromkeys(RULES, items("Rule of every subnet", rule))
    closes_ports = True
    price = "free"
    console = "/networking/vcns/{vcn}/security-lists/{ocid}"
    portal_rights = NetworkKind.portal_rights
    terraform = Form(
        "oci_core_default_security_list",
        {"id": "manage_default_resource_id"},
        left_out=frozenset({"vcnId", "madeBy"}),
    )

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by the OCID that its VCN names.

        That of a network which the portal made itself counts as not there until it was taken over:
        OCI put its rules in, and nothing depends on them. Elsewhere somebody may.
        """
        place, make = want.place["id"], Actual.from_wire
        found = reader.get("virtual_network", "get_security_list", place, make=make)
        return found if found and (found.owner or not want.place["madeBy"]) else None

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Take it over: tags on, rules out."""
        return self._put(writer, want.place["id"], want.fields)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change name or tags, or throw out the rules that somebody put in."""
        return self._put(writer, actual.ocid, fields)

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Give it back: OCI deletes it with its VCN and never alone."""
        self._put(writer, actual.ocid, {"freeformTags": {}})

    def widened(self, want: Desired, actual: Actual) -> Desired:
        """Keep the rules that are in it."""
        return replace(want, fields=want.fields | {name: actual.wire[name] for name in RULES})

    def remark(self, want: Desired, actual: Actual) -> str:
        """Say what the rules that somebody put in let the world reach."""
        return describe(actual.wire.get("ingressSecurityRules") or [], allowed=set())

    def _put(self, writer: Writer, ocid: str, fields: dict[str, Any]) -> Actual:
        operation = "update_security_list"
        answer = writer.change("virtual_network", operation, ocid, fields, target=ocid)
        return Actual.from_wire(answer.data)
