"""VCNs, subnets, gateways, routes, security rules."""

import pytest

TCP_443 = {"destinationPortRange": {"min": 443, "max": 443}}


def test_a_vcn_comes_with_its_defaults_and_takes_them_along(estate, refusal):
    network, vcn = estate.clients.network, estate.vcn(dnsLabel="dev")
    assert vcn.vcn_domain_name == "dev.oraclevcn.com" and vcn.cidr_block == "10.0.0.0/16"
    assert network.get_route_table(vcn.default_route_table_id).data.route_rules == []
    assert network.get_security_list(vcn.default_security_list_id).data.egress_security_rules
    assert network.get_dhcp_options(vcn.default_dhcp_options_id).data.vcn_id == vcn.id
    assert refusal(network.delete_route_table, vcn.default_route_table_id) == (409, "Conflict")
    network.delete_vcn(vcn.id)
    assert network.get_route_table(vcn.default_route_table_id).data.lifecycle_state == "TERMINATED"


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        ["10.0.0.0/8"],
        ["10.0.0.0/31"],
        ["nonsense"],
        ["10.0.0.1/16"],
        ["10.0.0.0/16", "10.0.1.0/24"],
    ],
)
def test_a_vcn_has_sound_blocks(estate, blocks, refusal):
    details = {"compartmentId": estate.compartment, "cidrBlocks": blocks}
    assert refusal(estate.clients.network.create_vcn, details) == (400, "InvalidParameter")


def test_a_subnet_lies_in_its_vcn_and_beside_the_others(estate, refusal):
    vcn = estate.vcn()
    first = estate.in_vcn("subnet", vcn, cidrBlock="10.0.1.0/24", prohibitPublicIpOnVnic=True)
    assert (
        first.route_table_id == vcn.default_route_table_id
        and first.prohibit_internet_ingress is True
    )
    for block in ("10.0.1.128/25", "10.1.0.0/24"):
        details = {"compartmentId": estate.compartment, "vcnId": vcn.id, "cidrBlock": block}
        assert refusal(estate.clients.network.create_subnet, details) == (400, "InvalidParameter")


def test_a_dns_label_is_unique_in_its_vcn(estate, refusal):
    vcn = estate.vcn(dnsLabel="dev")
    assert (
        estate.in_vcn("subnet", vcn, cidrBlock="10.0.1.0/24", dnsLabel="pub").subnet_domain_name
        == "pub.dev.oraclevcn.com"
    )
    details = {
        "compartmentId": estate.compartment,
        "vcnId": vcn.id,
        "cidrBlock": "10.0.2.0/24",
        "dnsLabel": "pub",
    }
    assert refusal(estate.clients.network.create_subnet, details) == (400, "InvalidParameter")


def test_nothing_in_use_can_be_deleted(estate, refusal):
    network, vcn = estate.clients.network, estate.vcn()
    gateway = estate.in_vcn("internet_gateway", vcn, isEnabled=True)
    assert refusal(network.delete_vcn, vcn.id) == (409, "IncorrectState")
    rule = {"destination": "0.0.0.0/0", "networkEntityId": gateway.id}
    table = estate.in_vcn("route_table", vcn, routeRules=[rule])
    subnet = estate.in_vcn("subnet", vcn, cidrBlock="10.0.1.0/24", routeTableId=table.id)
    assert refusal(network.delete_internet_gateway, gateway.id) == (409, "Conflict")
    assert refusal(network.delete_route_table, table.id) == (409, "Conflict")
    network.delete_subnet(subnet.id)
    network.delete_route_table(table.id)
    network.delete_internet_gateway(gateway.id)
    assert network.delete_vcn(vcn.id).status == 204


def test_gateways_are_one_of_a_kind_per_vcn(estate, refusal):
    vcn = estate.vcn()
    assert estate.in_vcn("nat_gateway", vcn).nat_ip
    details = {"compartmentId": estate.compartment, "vcnId": vcn.id}
    assert refusal(estate.clients.network.create_nat_gateway, details) == (400, "LimitExceeded")


def test_services_are_reached_by_label_through_the_service_gateway_alone(estate, refusal):
    network, vcn = estate.clients.network, estate.vcn()
    everything = next(
        service for service in network.list_services().data if service.name.startswith("All")
    )
    assert everything.cidr_block == "all-iad-services-in-oracle-services-network"
    gateway = estate.in_vcn("service_gateway", vcn, services=[{"serviceId": everything.id}])
    assert gateway.services[0].service_name == everything.name
    good = {
        "destination": everything.cidr_block,
        "destinationType": "SERVICE_CIDR_BLOCK",
        "networkEntityId": gateway.id,
    }
    assert (
        estate.in_vcn("route_table", vcn, routeRules=[good]).route_rules[0].destination
        == everything.cidr_block
    )
    bad = {"destination": "0.0.0.0/0", "networkEntityId": gateway.id}
    details = {"compartmentId": estate.compartment, "vcnId": vcn.id, "routeRules": [bad]}
    assert refusal(network.create_route_table, details) == (400, "InvalidParameter")


def test_a_route_stays_in_its_vcn_and_leads_somewhere(estate, refusal):
    one, other = estate.vcn(), estate.vcn("10.9.0.0/16")
    foreign = estate.in_vcn("internet_gateway", other, isEnabled=True)
    create = estate.clients.network.create_route_table
    for hop, answer in (
        (foreign.id, (400, "InvalidParameter")),
        ("ocid1.internetgateway.oc1.iad.no", (404, "NotAuthorizedOrNotFound")),
    ):
        rules = [{"destination": "0.0.0.0/0", "networkEntityId": hop}]
        assert (
            refusal(
                create, {"compartmentId": estate.compartment, "vcnId": one.id, "routeRules": rules}
            )
            == answer
        )


@pytest.fixture
def group(estate):
    return estate.in_vcn("network_security_group", estate.vcn())


def _rule(**more):
    return {
        "direction": "INGRESS",
        "protocol": "6",
        "source": "0.0.0.0/0",
        "tcpOptions": TCP_443,
        **more,
    }


def test_group_rules_get_ids_by_which_they_change_and_go(estate, group):
    network = estate.clients.network
    added = network.add_network_security_group_security_rules(
        group.id, {"securityRules": [_rule(), _rule(description="second")]}
    )
    first, second = added.data.security_rules
    assert first.id != second.id and first.is_valid and first.source_type == "CIDR_BLOCK"
    change = {"securityRules": [{**_rule(description="changed"), "id": first.id}]}
    assert (
        network.update_network_security_group_security_rules(group.id, change)
        .data.security_rules[0]
        .description
        == "changed"
    )
    network.remove_network_security_group_security_rules(group.id, {"securityRuleIds": [second.id]})
    left = network.list_network_security_group_security_rules(group.id).data
    assert [(rule.id, rule.description) for rule in left] == [(first.id, "changed")]
    assert (
        network.list_network_security_group_security_rules(group.id, direction="EGRESS").data == []
    )


BAD_RULES = [
    {"source": None},
    {"source": "nowhere"},
    {"source": "10.0.0.1/8"},
    {"protocol": "tcp"},
    {"protocol": "17"},
    {"tcpOptions": {"destinationPortRange": {"min": 9, "max": 8}}},
]


@pytest.mark.parametrize("change", BAD_RULES)
def test_an_unsound_rule_is_refused_with_its_whole_call(estate, group, change, refusal):
    network = estate.clients.network
    rules = {"securityRules": [_rule(), {**_rule(), **change}]}
    assert refusal(network.add_network_security_group_security_rules, group.id, rules) == (
        400,
        "InvalidParameter",
    )
    assert network.list_network_security_group_security_rules(group.id).data == []


def test_a_rule_names_a_group_that_exists_and_is_void_when_that_goes(estate, group, refusal):
    network = estate.clients.network
    vcn = network.get_vcn(group.vcn_id).data
    peer = estate.in_vcn("network_security_group", vcn)
    rule = _rule(source=peer.id, sourceType="NETWORK_SECURITY_GROUP")
    network.add_network_security_group_security_rules(group.id, {"securityRules": [rule]})
    network.delete_network_security_group(peer.id)
    assert network.list_network_security_group_security_rules(group.id).data[0].is_valid is False
    rules = {"securityRules": [{**rule, "source": "ocid1.networksecuritygroup.oc1.iad.no"}]}
    assert refusal(network.add_network_security_group_security_rules, group.id, rules)[0] == 404


def test_a_group_holds_120_rules_added_25_at_a_time(estate, group, refusal):
    network = estate.clients.network
    add = network.add_network_security_group_security_rules
    assert refusal(add, group.id, {"securityRules": [_rule()] * 26}) == (400, "InvalidParameter")
    for _ in range(4):
        add(group.id, {"securityRules": [_rule()] * 25})
    assert refusal(add, group.id, {"securityRules": [_rule()] * 21}) == (400, "LimitExceeded")


def test_cards_take_free_addresses():
    from sandbox.oci.services.addresses import free_address, network

    block = network("10.0.1.0/29")
    assert free_address(block, set()) == "10.0.1.2"
    assert free_address(block, {"10.0.1.2"}) == "10.0.1.3"
    assert free_address(block, set(), "10.0.1.5") == "10.0.1.5"
    taken = {f"10.0.1.{number}" for number in range(2, 7)}
    with pytest.raises(Exception, match="no free address"):
        free_address(block, taken)
