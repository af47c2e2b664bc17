"""DNS: a zone of its own, and in it the address of the load balancer."""

import pytest

from environments.kinds import KINDS
from tests.environments.kinds.test_every_kind import DirectWriter
from tests.environments.site import Site

KEY, HOST = "dns_record.api", "api.dev.example.com"


@pytest.fixture
def site(simulator):
    site = Site(KEY, domain="dev.example.com")
    assert site.apply() == {}
    return site


def records(site):
    found = site.client.read("dns", "get_rr_set", "dev.example.com", HOST, "A").data["items"]
    return [(record["rdata"], record["ttl"]) for record in found]


def test_the_name_leads_to_the_load_balancer_and_its_servers_are_known(site):
    assert records(site) == [("127.0.0.1", 300)]
    assert site.results["dns_zone"]["facts"]["nameservers"][0].endswith(".oraclecloud.net.")
    assert (site.plan(), len(site.calls)) == ({}, len(site.calls))


def test_another_address_is_a_difference_and_is_put_back(site):
    wrong = {"items": [{"domain": HOST, "rtype": "A", "rdata": "192.0.2.1", "ttl": 300}]}
    site.client.change("dns", "update_rr_set", site.results["dns_zone"]["ocid"], HOST, "A", wrong)
    change = site.plan()[KEY]
    assert (change.action, [difference.field for difference in change.differences]) == (
        "takes away",
        ["items"],
    )
    assert "192.0.2.1" in change.costs[0].words
    site.converge(change)
    assert records(site) == [("127.0.0.1", 300)]


def test_it_is_adopted_deleted_and_made_again(site):
    site.forget(KEY)
    assert site.plan()[KEY].action == "adopt"
    assert site.converge(site.plan()[KEY]).calls == []
    KINDS["dns_record"].delete(DirectWriter(site), site.found(KEY))
    assert site.found(KEY) is None
    assert site.plan()[KEY].action == "create"
    assert site.apply() == {}


def test_a_shorter_life_is_changed_in_place_and_another_domain_is_refused_with_the_way_out(site):
    site.wanted = Site(KEY, settings={"domain": "dev.example.com", "dns_ttl_seconds": 60}).wanted
    assert site.plan()[KEY].action == "update"
    site.converge(site.plan()[KEY])
    assert records(site) == [("127.0.0.1", 60)]
    site.wanted = Site(KEY, settings={"domain": "test.example.com"}).wanted
    change = site.plan()["dns_zone"]
    assert (change.action, "Put the domain back" in change.reason) == (
        "refuse",
        True,
    )


def test_a_zone_that_somebody_else_has_is_refused(simulator):
    site = Site("dns_zone", domain="dev.example.com")
    Site("compartment").apply()
    body = {
        "migrationSource": "NONE",
        "name": "dev.example.com",
        "compartmentId": site.observe()["compartment"].ocid,
    }
    site.client.change("dns", "create_zone", body)
    change = site.plan()["dns_zone"]
    assert (change.action, "does not carry the portal's tags" in change.reason) == ("refuse", True)
