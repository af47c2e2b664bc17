"""Security groups: rules have neither name nor token, and still each is there once."""

import pytest

from environments.desired import agrees
from tests.environments.site import Site

LIST = "list_network_security_group_security_rules"
ADD = "add_network_security_group_security_rules"


@pytest.fixture
def site(simulator):
    site = Site("nsg.app")
    site.apply()
    return site


def rules(site):
    return site.client.pages("virtual_network", LIST, site.results["nsg.app"]["ocid"])


def test_it_has_exactly_the_wanted_rules(site):
    want = site.want("nsg.app").resolved(
        lambda k, fact: site.results[k]["facts"].get(fact) if fact else site.results[k]["ocid"]
    )
    assert agrees(want.fields["rules"], rules(site))


def test_a_rule_that_somebody_added_is_shown_and_removed(site):
    rule = {
        "direction": "INGRESS",
        "protocol": "6",
        "source": "0.0.0.0/0",
        "sourceType": "CIDR_BLOCK",
        "description": "by hand",
    }
    site.client.change(
        "virtual_network", ADD, site.results["nsg.app"]["ocid"], {"securityRules": [rule]}
    )
    change = site.plan()["nsg.app"]
    assert [difference.field for difference in change.differences] == ["rules"]
    site.converge(change)
    assert "by hand" not in [rule["description"] for rule in rules(site)]
    assert site.plan() == {}


def test_a_rule_that_somebody_removed_is_added_again(site):
    gone = rules(site)[0]["id"]
    group = site.results["nsg.app"]["ocid"]
    site.client.change(
        "virtual_network",
        "remove_network_security_group_security_rules",
        group,
        {"securityRuleIds": [gone]},
    )
    assert site.plan()["nsg.app"].action == "update"
    assert site.apply() == {}


def test_a_rule_that_is_there_twice_is_removed_once(site):
    twice = {
        name: value
        for name, value in rules(site)[0].items()
        if name not in ("id", "isValid", "timeCreated") and value is not None
    }
    before = len(rules(site))
    site.client.change(
        "virtual_network", ADD, site.results["nsg.app"]["ocid"], {"securityRules": [twice]}
    )
    assert site.apply() == {}
    assert len(rules(site)) == before
