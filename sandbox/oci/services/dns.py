"""DNS: zones with their own SOA and NS records, and what is recorded in them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sandbox.oci import errors, verbs
from sandbox.oci.call import Call
from sandbox.oci.service import CREATED, Body, Kind, Service
from sandbox.oci.services import dns_records as records
from sandbox.oci.store import Record

_NAME = re.compile(r"^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")
SERVERS = [f"ns{number}.p68.dns.oraclecloud.net." for number in (1, 2, 3, 4)]


def create_zone(call: Call) -> Record:
    """Make a public primary zone; its name is its own in all the world."""
    body = call.body
    if (
        body.get("migrationSource", "NONE") != "NONE"
        or body.get("zoneType", "PRIMARY") != "PRIMARY"
    ):
        raise errors.not_implemented("Secondary and migrated zones are not simulated.")
    if "PRIVATE" in (body.get("scope"), call.query.get("scope")):
        raise errors.not_implemented("Private zones are not simulated.")
    return verbs.create(call)


def get_zone(call: Call) -> Record:
    """One zone, by name or OCID."""
    return _zone(call)


def update_zone(call: Call) -> Record:
    _zone(call)
    return verbs.update(call)


def delete_zone(call: Call) -> None:
    _zone(call)
    verbs.delete(call)


def get_zone_content(call: Call) -> bytes:
    """The zone file."""
    rows = _zone(call).hidden["records"]
    return "".join(
        f"{row['domain']}.\t{row['ttl']}\tIN\t{row['rtype']}\t{row['rdata']}\n" for row in rows
    ).encode()


def get_records(call: Call) -> list[Body]:
    """The records of a zone, a domain or a record set."""
    zone, query = _zone(call), call.query
    if query.get("zoneVersion", zone.body["version"]) != zone.body["version"]:
        raise errors.not_implemented("Older versions of a zone are not simulated.")
    wanted = _scope(call) | {
        name: records.plain(name, query[name]) for name in ("domain", "rtype") if name in query
    }
    found = [row for row in zone.hidden["records"] if records.matches(row, wanted)]
    call.headers_out |= {"etag": zone.etag, "opc-total-items": str(len(found))}
    return [row for row in found if query.get("domainContains", "") in row["domain"]]


def update_records(call: Call) -> list[Body]:
    """Replace all records of a zone, a domain or a record set; the zone's own stay."""
    zone, scope = _settled(call), _scope(call)
    given = [records.read(item, zone.body["name"], scope) for item in call.body.get("items") or []]
    rows = zone.hidden["records"]
    kept = [row for row in rows if row["isProtected"] or not records.matches(row, scope)]
    if given and any(
        row["isProtected"]
        for row in rows
        if scope.keys() == {"domain", "rtype"} and records.matches(row, scope)
    ):
        raise errors.invalid("The SOA and NS records of the zone itself are protected.")
    return _keep(call, zone, records.merged(kept, given), scope)


def patch_records(call: Call) -> list[Body]:
    """Add and remove records, if what is required is there and what is prohibited is not."""
    zone, scope = _settled(call), _scope(call)
    rows: list[Body] = zone.hidden["records"]
    for item in call.body.get("items") or []:
        rows = records.patched(rows, item, zone.body["name"], scope)
    return _keep(call, zone, rows, scope)


def delete_records(call: Call) -> None:
    """Remove a domain's records or a record set."""
    zone, scope = _settled(call), _scope(call)
    rows = zone.hidden["records"]
    if not any(records.matches(row, scope) for row in rows):
        raise errors.not_found("records")
    if any(row["isProtected"] for row in rows if records.matches(row, scope)):
        raise errors.invalid("The SOA and NS records of the zone itself are protected.")
    _keep(call, zone, [row for row in rows if not records.matches(row, scope)], scope)


def _keep(call: Call, zone: Record, rows: list[Body], scope: Body) -> list[Body]:
    """Store the records under a new version, which the changed sets show."""
    records.check(rows, zone.body["name"])
    if rows != zone.hidden["records"]:
        version = _next(zone)
        zone.hidden["records"] = records.stamped(rows, zone.hidden["records"], version)
    call.headers_out["etag"] = call.save(zone).etag
    return [row for row in zone.hidden["records"] if records.matches(row, scope)]


def _next(zone: Record) -> str:
    zone.body["serial"] += 1
    zone.body["version"] = str(int(zone.body["version"]) + 1)
    return str(zone.body["version"])


def _zone(call: Call) -> Record:
    """The zone of the path, by name or OCID; from here on the path has its OCID."""
    given = call.path["zoneNameOrId"]
    if not given.startswith("ocid1."):
        found = call.records("Zone", name=given.lower().rstrip("."))
        call.path["zoneNameOrId"] = found[0].id if found else given
    return call.target("Zone")


def _settled(call: Call) -> Record:
    zone = _zone(call)
    if zone.body["lifecycleState"] != "ACTIVE":
        raise errors.incorrect_state(f"The zone is {zone.body['lifecycleState']}.")
    return zone


def _scope(call: Call) -> Body:
    return {
        name: records.plain(name, call.path[name])
        for name in ("domain", "rtype")
        if name in call.path
    }


def _prepared(call: Call, zone: Record) -> None:
    name = zone.body["name"] = str(zone.body["name"]).lower().rstrip(".")
    if not _NAME.match(name):
        raise errors.invalid(f"{name} is not the name of a zone.")
    zone.body |= {
        "version": "1",
        "serial": 1,
        "nameservers": [{"hostname": server} for server in SERVERS],
    }
    zone.body["self"] = f"{call.engine.address}/20180115/zones/{zone.id}"
    soa = f"{SERVERS[0]} hostmaster.{name}. 1 3600 600 604800 1800"
    own: list[Any] = [("SOA", soa, 300), *(("NS", server, 86_400) for server in SERVERS)]
    rows = [
        {"domain": name, "rtype": rtype, "rdata": rdata, "ttl": ttl, "isProtected": True}
        for rtype, rdata, ttl in own
    ]
    zone.hidden["records"] = records.stamped(rows, [], "1")


_RECORDS = ("zone_records", "domain_records", "rr_set")

SERVICE = Service(
    name="dns",
    clients=("DnsClient",),
    kinds=(
        Kind(
            name="Zone",
            word="dns-zone",
            life=replace(CREATED, changing="UPDATING", create=1.0, update=0.3),
            name_field="name",
            regional=False,
            unique=("name",),
            ignores_case=True,
            defaults={
                "zoneType": "PRIMARY",
                "scope": "GLOBAL",
                "resolutionMode": "STATIC",
                "dnssecState": "DISABLED",
                "externalMasters": [],
                "externalDownstreams": [],
                "isProtected": False,
            },
            filters={
                "nameContains": lambda record, value: value.lower() in record.body["name"],
                "name": lambda record, value: record.body["name"] == value.lower().rstrip("."),
            },
            work_requests={
                "create": "CREATE_ZONE",
                "update": "UPDATE_ZONE",
                "delete": "DELETE_ZONE",
            },
            before_create=_prepared,
        ),
    ),
    operations={
        "create_zone": create_zone,
        "get_zone": get_zone,
        "update_zone": update_zone,
        "delete_zone": delete_zone,
        "get_zone_content": get_zone_content,
        **{f"get_{word}": get_records for word in _RECORDS},
        **{f"update_{word}": update_records for word in _RECORDS},
        **{f"patch_{word}": patch_records for word in _RECORDS},
        "delete_domain_records": delete_records,
        "delete_rr_set": delete_records,
    },
)
