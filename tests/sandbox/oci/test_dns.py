"""DNS: zones, records in the spelling that comes back, versions, what DNS forbids."""

import oci
import pytest


@pytest.fixture
def dns(clients):
    return clients.make(oci.dns.DnsClient)


@pytest.fixture
def zone(estate, dns):
    return dns.create_zone(
        {"migrationSource": "NONE", "name": "Example.com.", "compartmentId": estate.compartment}
    ).data


def _record(rdata, domain="api.example.com", rtype="A", ttl=60):
    return {"domain": domain, "rtype": rtype, "rdata": rdata, "ttl": ttl}


def test_a_zone_has_its_own_records_and_its_name_for_itself(estate, dns, zone, refusal):
    assert (zone.name, zone.zone_type, zone.scope, len(zone.nameservers)) == (
        "example.com",
        "PRIMARY",
        "GLOBAL",
        4,
    )
    found = dns.get_zone_records("example.com").data.items
    assert sorted(record.rtype for record in found) == ["NS"] * 4 + ["SOA"] and all(
        record.is_protected for record in found
    )
    again = {"migrationSource": "NONE", "name": "EXAMPLE.COM", "compartmentId": estate.tenancy}
    assert refusal(dns.create_zone, again) == (409, "ZoneAlreadyExists")
    nameless = {"migrationSource": "NONE", "name": "no zone", "compartmentId": estate.compartment}
    assert refusal(dns.create_zone, nameless) == (400, "InvalidParameter")
    assert [item.id for item in dns.list_zones(estate.compartment, name="example.com").data] == [
        zone.id
    ]
    assert (
        dns.get_zone("example.com").data.id == zone.id
        and dns.get_zone("example.com").data.lifecycle_state == "ACTIVE"
    )
    dns.delete_zone("example.com")
    assert refusal(dns.get_zone, "example.com")[0] == 404
    assert dns.create_zone(again).data.id != zone.id


def test_a_record_set_is_put_read_changed_and_removed(dns, zone, refusal):
    put = {"items": [_record("192.0.2.2"), _record("192.0.2.1")]}
    assert len(dns.update_rr_set(zone.id, "api.example.com", "A", put).data.items) == 2
    first = dns.get_rr_set("example.com", "api.example.com.", "a")
    assert {record.rdata for record in first.data.items} == {"192.0.2.1", "192.0.2.2"}
    version = first.data.items[0].rrset_version
    dns.update_rr_set(
        zone.id, "other.example.com", "A", {"items": [_record("192.0.2.9", "other.example.com")]}
    )
    assert dns.get_rr_set(zone.id, "api.example.com", "A").data.items[0].rrset_version == version
    dns.update_rr_set(zone.id, "api.example.com", "A", {"items": [_record("192.0.2.3", ttl=30)]})
    changed = dns.get_rr_set(zone.id, "api.example.com", "A").data.items
    assert [(record.rdata, record.ttl) for record in changed] == [("192.0.2.3", 30)]
    assert int(changed[0].rrset_version) > int(version) and dns.get_zone(zone.id).data.serial == 4
    dns.delete_rr_set(zone.id, "api.example.com", "A")
    assert dns.get_rr_set(zone.id, "api.example.com", "A").data.items == []
    assert refusal(dns.delete_rr_set, zone.id, "api.example.com", "A")[0] == 404


def test_data_comes_back_as_oci_writes_it(dns, zone):
    items = [
        _record("lb.example.net", "www.example.com", "CNAME"),
        _record("v=spf1 -all", "example.com", "TXT"),
    ]
    dns.patch_zone_records(zone.id, {"items": items})
    found = {record.rtype: record.rdata for record in dns.get_zone_records(zone.id).data.items}
    assert found["CNAME"] == "lb.example.net." and found["TXT"] == '"v=spf1 -all"'
    assert (
        b"www.example.com.\t60\tIN\tCNAME\tlb.example.net."
        in dns.get_zone_content(zone.id).data.content
    )


def test_a_patch_adds_removes_and_checks_what_was_there(dns, zone, refusal):
    dns.patch_zone_records(zone.id, {"items": [_record("192.0.2.1"), _record("192.0.2.2")]})
    require = {"operation": "REQUIRE", "domain": "gone.example.com", "rtype": "A"}
    remove = {**_record("192.0.2.1"), "operation": "REMOVE"}
    assert refusal(dns.patch_zone_records, zone.id, {"items": [require, remove]}) == (
        409,
        "Conflict",
    )
    assert len(dns.get_rr_set(zone.id, "api.example.com", "A").data.items) == 2
    dns.patch_rr_set(zone.id, "api.example.com", "A", {"items": [remove]})
    dns.patch_rr_set(zone.id, "api.example.com", "A", {"items": [{"ttl": 300}]})
    assert [
        (record.rdata, record.ttl)
        for record in dns.get_domain_records(zone.id, "api.example.com").data.items
    ] == [("192.0.2.2", 300)]


WRONG = [
    _record("10.0.0.300"),
    _record("192.0.2.1", "elsewhere.org"),
    _record("x.example.net", "example.com", "CNAME"),
    _record("192.0.2.1", ttl=0),
]


@pytest.mark.parametrize("record", WRONG)
def test_what_dns_does_not_allow_is_refused(dns, zone, refusal, record):
    assert refusal(dns.patch_zone_records, zone.id, {"items": [record]}) == (
        400,
        "InvalidParameter",
    )


def test_the_zones_own_records_stay(dns, zone, refusal):
    assert refusal(dns.delete_rr_set, zone.id, "example.com", "NS")[0] == 400
    dns.update_zone_records(zone.id, {"items": [_record("192.0.2.1")]})
    assert len(dns.get_zone_records(zone.id).data.items) == 6
    dns.update_zone_records(zone.id, {"items": []})
    assert len(dns.get_zone_records(zone.id).data.items) == 5


def test_a_change_of_records_can_be_bound_to_what_was_read(dns, zone, refusal):
    seen = dns.get_zone_records(zone.id).headers["etag"]
    dns.patch_zone_records(zone.id, {"items": [_record("192.0.2.1")]}, if_match=seen)
    late = {"items": [_record("192.0.2.2")]}
    assert refusal(dns.patch_zone_records, zone.id, late, if_match=seen) == (412, "NoEtagMatch")
