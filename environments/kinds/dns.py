"""A DNS zone, the part of the world's names that an environment answers for, and its records."""

from functools import partial
from typing import Any

from environments.desired import Actual, Desired
from environments.kinds.kind import TAGS, Kind, Reader, Wire, Writer
from environments.kinds.removals import items, members
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Arguments, Form
from environments.kinds.watched import all_unset, is_one_of

ADDRESS = "A"


class DnsZoneKind(StandardKind):
    """Unique in the tenancy; the world finds it once the domain above delegates to its servers."""

    name, group = "DNS zone", "Traffic"
    loss = "Its records are lost; the domain above must delegate to the next zone again."
    watched = {
        **all_unset("externalMasters", "externalDownstreams"),
        "dnssecState": is_one_of("DISABLED"),
        "resolutionMode": is_one_of("STATIC"),
    }
    holds_data = True
    service, noun = "dns", "zone"
    in_place = TAGS
    list_is_partial = True
    cannot_change_hint = (
        "Put the domain back. The zone holds the records of the old name, so the portal "
        "keeps it as it is."
    )
    price = "dns_zone"
    portal_rights = ("manage dns in compartment id P",)
    terraform = Form("oci_dns_zone", kept=True)

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Keep its name servers as a fact."""
        servers = [server["hostname"] for server in wire.get("nameservers") or []]
        return Actual.from_wire(wire, name="name", nameservers=servers)

    def body_of_creation(self, want: Desired) -> dict[str, Any]:
        """Create it with nothing in it but its own name servers."""
        return {**super().body_of_creation(want), "migrationSource": "NONE"}


class DnsRecordKind(Kind):
    """The addresses behind one name: zone, name and type are its address; it is written as a
    whole.
    """

    name, group = "DNS record", "Traffic"
    deleted_with = "dns_zone"
    needs = ("dns_zone",)
    in_place = frozenset({"items"})
    removals = {"items": items("Record", members, by="rdata")}
    tagged = False
    price = "free"
    portal_rights = DnsZoneKind.portal_rights
    terraform = Form(
        "oci_dns_rrset",
        {"zone": "zone_name_or_id"},
        name="domain",
        imported="zoneNameOrId/{zone}/domain/{name}/rtype/A",
    )

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by name and type; OCI shows a set that is not there as an empty one."""
        place = (want.place["zone"], want.name, ADDRESS)
        return reader.get("dns", "get_rr_set", *place, make=partial(_from_wire, want))

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Write the set."""
        place = (want.place["zone"], want.name, ADDRESS)
        return _from_wire(want, writer.change("dns", "update_rr_set", *place, want.fields).data)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Write the set again, all of it."""
        return self.create(writer, want)

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Delete the set: the name leads nowhere."""
        place = (actual.facts["zone"], actual.name, ADDRESS)
        writer.change("dns", "delete_rr_set", *place, target=actual.ocid)

    def terraform_arguments(self, want: Desired) -> Arguments:
        """Say the type of the records, which OCI has in each of them."""
        record_type = want.fields["items"][0]["rtype"]
        return {**super().terraform_arguments(want), "rtype": record_type}


def _from_wire(want: Desired, wire: Wire) -> Actual:
    zone = want.place["zone"]
    state = "ACTIVE" if wire.get("items") else "DELETED"
    own = {"id": f"{zone}/{want.name}/{ADDRESS}", "displayName": want.name}
    return Actual.from_wire({**wire, "lifecycleState": state, **own}, zone=zone)
