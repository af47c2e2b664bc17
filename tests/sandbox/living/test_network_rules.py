"""Security lists and groups decide who reaches a backend and a listener."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import oci
import pytest

from tests.patience import until
from tests.ports import free_port
from tests.sandbox.living.conftest import Site, get
from tests.sandbox.living.database_site import DatabaseSite

CORE = oci.core.models
ANYWHERE = "0.0.0.0/0"


def tcp(port: int) -> Any:
    return CORE.TcpOptions(destination_port_range=CORE.PortRange(min=port, max=port))


def from_anywhere(port: int) -> Any:
    return CORE.IngressSecurityRule(protocol="6", source=ANYWHERE, tcp_options=tcp(port))


def without_route(site: Site) -> None:
    details = CORE.UpdateRouteTableDetails(route_rules=[])
    site.network.update_route_table(site.vcn.default_route_table_id, details)


class Grouped:
    """A load balancer and a backend in a group each; the security list opens nothing."""

    def __init__(self, site: Site) -> None:
        self.site, self.port = site, free_port()
        self.groups = {name: self._group(name) for name in ("lb", "app")}
        self.rules: dict[str, tuple[str, str]] = {}
        self.balancer = site.balancer(self.port)
        self.changed(self.groups["lb"])
        vnics = oci.container_instances.models.CreateContainerVnicDetails(
            subnet_id=site.subnet, nsg_ids=[self.groups["app"]]
        )
        found = site.running(site.image(), vnics=[vnics])
        site.let_in(site.vcn, [], [])
        self.open()
        self.backend = site.add_backend(self.balancer, site.address(found))

    def changed(self, *groups: str) -> None:
        details = oci.load_balancer.models.UpdateNetworkSecurityGroupsDetails(
            network_security_group_ids=list(groups)
        )
        self.site.changed(
            self.site.balancing.update_network_security_groups(details, self.balancer)
        )

    def open(self) -> None:
        """Add the rules that are not there."""
        wanted = {
            "visitors": ("lb", "INGRESS", "source", ANYWHERE, self.port),
            "egress": ("lb", "EGRESS", "destination", self.groups["app"], 8000),
            "ingress": ("app", "INGRESS", "source", self.groups["lb"], 8000),
        }
        for name, (group, direction, end, peer, port) in wanted.items():
            if name not in self.rules:
                kind = "CIDR_BLOCK" if peer == ANYWHERE else "NETWORK_SECURITY_GROUP"
                more = {end: peer, f"{end}_type": kind}
                rule = CORE.AddSecurityRuleDetails(
                    direction=direction, protocol="6", tcp_options=tcp(port), **more
                )
                answer = self.site.network.add_network_security_group_security_rules(
                    self.groups[group],
                    CORE.AddNetworkSecurityGroupSecurityRulesDetails(security_rules=[rule]),
                )
                self.rules[name] = (self.groups[group], answer.data.security_rules[0].id)

    def close(self, name: str) -> None:
        group, rule = self.rules.pop(name)
        self.site.network.remove_network_security_group_security_rules(
            group,
            CORE.RemoveNetworkSecurityGroupSecurityRulesDetails(security_rule_ids=[rule]),
        )

    def _group(self, name: str) -> str:
        details = CORE.CreateNetworkSecurityGroupDetails(
            compartment_id=self.site.compartment, vcn_id=self.site.vcn.id, display_name=name
        )
        return str(self.site.network.create_network_security_group(details).data.id)

    def health(self) -> str:
        return self.site.health(self.balancer, self.backend)


@pytest.fixture
def grouped(site: Site) -> Grouped:
    return Grouped(site)


@pytest.mark.parametrize("rule", ["egress", "ingress"])
def test_a_backend_that_one_group_closes_is_critical_until_the_rule_is_back(
    grouped: Grouped, rule: str
) -> None:
    assert get(grouped.port, "/health")[0] == 200
    grouped.close(rule)
    until(lambda: grouped.health() == "CRITICAL")
    assert get(grouped.port, "/health")[0] == 502
    grouped.open()
    until(lambda: grouped.health() == "OK")
    assert get(grouped.port, "/health")[0] == 200


def test_a_backend_of_another_group_is_critical(grouped: Grouped) -> None:
    grouped.changed()
    until(lambda: grouped.health() == "CRITICAL")


def test_no_visitor_reaches_a_listener_that_no_rule_opens(grouped: Grouped) -> None:
    grouped.close("visitors")
    with pytest.raises(OSError):
        get(grouped.port, "/health")
    assert grouped.health() == "OK"
    grouped.open()
    assert get(grouped.port, "/health")[0] == 200


def test_the_security_list_decides_for_cards_without_groups(site: Site) -> None:
    port = free_port()
    balancer = site.balancer(port)
    backend = site.add_backend(balancer, site.address(site.running(site.image())))
    site.let_in(site.vcn, [from_anywhere(port)])
    until(lambda: site.health(balancer, backend) == "CRITICAL")
    assert get(port, "/health")[0] == 502
    site.let_in(site.vcn, [from_anywhere(port), from_anywhere(8000)])
    until(lambda: site.health(balancer, backend) == "OK")
    assert get(port, "/health")[0] == 200
    site.let_in(site.vcn, [from_anywhere(8000)])
    with pytest.raises(OSError):
        get(port, "/health")


def test_no_visitor_comes_without_a_route_to_an_internet_gateway(site: Site) -> None:
    port = free_port()
    site.balancer(port)
    assert get(port, "/health")[0] == 502
    without_route(site)
    with pytest.raises(OSError):
        get(port, "/health")


def test_a_public_load_balancer_needs_a_public_subnet(site: Site) -> None:
    place = {"compartmentId": site.compartment, "vcnId": site.vcn.id}
    site.subnet = site.network.create_subnet(
        {**place, "cidrBlock": "10.20.4.0/24", "prohibitPublicIpOnVnic": True}
    ).data.id
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        site.balancer(free_port())
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")


def test_the_hosts_of_a_load_balancer_take_two_addresses_of_its_subnet(site: Site) -> None:
    balancer = site.balancer(free_port())
    address = site.address(site.running(site.image()))
    name = site.add_backend(balancer, address)
    results = site.balancing.get_backend_health(balancer, "api", name).data.health_check_results
    assert {one.source_ip_address for one in results} == {"10.20.2.2", "10.20.2.3"}
    assert address == "10.20.2.4"


def test_no_image_is_pulled_from_a_subnet_without_a_way_out(site: Site) -> None:
    without_route(site)
    failed = site.settled(site.instance(site.image()).id, "FAILED")
    assert "could not be pulled: the subnet of 10.20.2." in failed.lifecycle_details
    assert "has no route" in failed.lifecycle_details


def test_an_internet_gateway_is_no_way_out_without_a_public_address(site: Site) -> None:
    card = oci.container_instances.models.CreateContainerVnicDetails(
        subnet_id=site.subnet, is_public_ip_assigned=False
    )
    failed = site.settled(site.instance(site.image(), vnics=[card]).id, "FAILED")
    assert "has no public address" in failed.lifecycle_details
    found = site.running(site.image())
    assert site.network.get_vnic(found.vnics[0].vnic_id).data.public_ip


@pytest.mark.parametrize("route", ["nat", "service"])
def test_a_private_container_calls_oracle_by_its_gateway(site: Site, route: str) -> None:
    place = {"compartmentId": site.compartment, "vcnId": site.vcn.id}
    if route == "nat":
        gateway = site.network.create_nat_gateway(place).data
        rule = {"destination": ANYWHERE, "destinationType": "CIDR_BLOCK"}
    else:
        service = site.network.list_services().data[0]
        gateway = site.network.create_service_gateway(
            {**place, "services": [{"serviceId": service.id}]}
        ).data
        rule = {"destination": service.cidr_block, "destinationType": "SERVICE_CIDR_BLOCK"}
    table = site.network.create_route_table(
        {**place, "routeRules": [{**rule, "networkEntityId": gateway.id}]}
    ).data
    subnet = site.network.create_subnet(
        {
            **place,
            "cidrBlock": "10.20.3.0/24",
            "prohibitPublicIpOnVnic": True,
            "routeTableId": table.id,
        }
    ).data
    card = oci.container_instances.models.CreateContainerVnicDetails(subnet_id=subnet.id)
    assert site.running(site.image(), vnics=[card]).lifecycle_state == "ACTIVE"


def test_a_container_that_is_cut_off_cannot_read_its_secrets(site: Site, tmp_path: Path) -> None:
    secret = DatabaseSite(site, tmp_path).secret
    found = site.running(
        site.image(),
        environment_variables={
            "DATABASE_URL": site.database,
            "PASSWORD_SECRET_OCID": secret,
            "ENTRYPOINT_WAIT_SECONDS": "0.1",
        },
    )
    without_route(site)
    site.simulator.control("POST", "/break", {"mode": "crash", "container": found.id})
    failed = site.settled(found.id, "FAILED")
    container = site.container(failed)
    assert container.exit_code == 69
    log = site.compute.retrieve_logs(container.id).data.content
    assert b"Vault does not answer" in log
