"""Who reaches whom: rules of lists and groups, with and without state; routes."""

from dataclasses import replace

import pytest

from sandbox.oci.reachability import Card, Outside, Route, Rule, why_not

APP = Card("10.20.10.5", "vcn", groups=("app",))
DB = Card("10.20.10.9", "vcn", groups=("db",))
WORLD = Outside("93.184.216.34")
SERVICES = Outside("134.70.28.1", services=("all-iad-services",))


def out(peer="10.20.10.0/24", port=5432, kind="CIDR_BLOCK", **more):
    return Rule(False, "6", kind, peer, (port, port) if port else None, **more)


def into(peer="app", port=5432, kind="NETWORK_SECURITY_GROUP", **more):
    return Rule(True, "6", kind, peer, (port, port) if port else None, **more)


OUT, INTO = out(), into()


def may(source=(OUT,), destination=(INTO,), port=5432):
    return not why_not(replace(APP, rules=source), replace(DB, rules=destination), port)


def test_a_connection_needs_egress_at_one_end_and_ingress_at_the_other():
    assert may()
    assert not may(source=()) and not may(destination=())
    assert not may(port=5433)


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (into("10.20.10.5/32", kind="CIDR_BLOCK"), True),
        (into("10.20.10.6/32", kind="CIDR_BLOCK"), False),
        (into("other"), False),
        (into(port=None), True),
        (replace(into(), protocol="all", ports=None), True),
        (replace(into(), protocol="17"), False),
        (into("app", source_ports=(1, 1023)), False),
    ],
)
def test_a_rule_names_its_peer_protocol_and_ports(rule, allowed):
    assert may(destination=(rule,)) is allowed


def test_a_group_is_no_address_of_its_own_members_alone():
    closed = replace(APP, groups=(), rules=(out(),))
    assert "no ingress rule" in why_not(closed, replace(DB, rules=(into(),)), 5432)


def test_a_stateless_rule_needs_a_rule_for_the_answers():
    one_way = into(stateless=True)
    assert not may(destination=(one_way,))
    answers = Rule(False, "6", "CIDR_BLOCK", "10.20.0.0/16", None, (5432, 5432), stateless=True)
    assert may(destination=(one_way, answers))
    assert not may(destination=(one_way, replace(answers, ports=(80, 80))))
    assert not may(source=(out(stateless=True),))


def test_a_stateless_rule_wins_over_one_with_state():
    assert not may(destination=(into(), into(stateless=True)))


def test_another_vcn_is_out_of_reach():
    far = replace(DB, vcn="other", rules=(into("0.0.0.0/0", kind="CIDR_BLOCK"),))
    assert why_not(replace(APP, rules=(out(),)), far, 5432) == "10.20.10.9 is in another VCN"


ANYWHERE = out("0.0.0.0/0", 443)
NAT = Route("CIDR_BLOCK", "0.0.0.0/0", "nat")
LABEL = Route("SERVICE_CIDR_BLOCK", "all-iad-services", "service")
INTERNET = Route("CIDR_BLOCK", "0.0.0.0/0", "internet")


@pytest.mark.parametrize(
    ("routes", "public", "problem"),
    [
        ((NAT,), False, ""),
        ((), False, "no route"),
        ((replace(NAT, open=False),), False, "lets nothing through"),
        ((INTERNET,), False, "no public address"),
        ((INTERNET,), True, ""),
        ((replace(NAT, open=False), replace(NAT, destination="93.184.0.0/16")), False, ""),
        ((LABEL,), False, "no route"),
    ],
)
def test_the_way_out_is_in_the_route_table(routes, public, problem):
    card = replace(APP, rules=(ANYWHERE,), routes=routes, public=public)
    found = why_not(card, WORLD, 443)
    assert problem in found and bool(problem) == bool(found)


def test_services_of_the_region_are_reached_by_their_label():
    rule = out("all-iad-services", 443, kind="SERVICE_CIDR_BLOCK")
    card = replace(APP, rules=(rule,), routes=(LABEL, replace(NAT, open=False)))
    assert why_not(card, SERVICES, 443) == ""
    assert "no egress rule" in why_not(replace(card, routes=(NAT,)), WORLD, 443)


def test_the_internet_reaches_a_public_card_with_a_route_back():
    rules = (into("0.0.0.0/0", 443, kind="CIDR_BLOCK"),)
    card = replace(APP, rules=rules, routes=(INTERNET,), public=True)
    assert why_not(WORLD, card, 443) == ""
    assert "no public address" in why_not(WORLD, replace(card, public=False), 443)
    assert "no route" in why_not(WORLD, replace(card, routes=(NAT,)), 443)
    assert "no ingress rule" in why_not(WORLD, card, 80)
