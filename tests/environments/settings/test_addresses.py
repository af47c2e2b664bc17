"""Address arithmetic: what is too small or overlaps is refused before any call, and nothing
else is.
"""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.models import Environment
from environments.seed import seed_environments
from environments.settings.rules import (
    RESERVED,
    EnvironmentSettings,
    addresses_needed,
    free_network,
    small_subnets,
    usable_addresses,
)
from portal.lib.refusal import Invalid

NETWORKS = st.builds(
    lambda size, number: ipaddress.IPv4Network(
        (0x0A140000 + ((number << (32 - size)) & 0xFFFF), size)
    ),
    st.integers(16, 28),
    st.integers(0, 4095),
)


def problems(settings, others=None):
    return [str(problem) for problem in EnvironmentSettings(settings, 1, others or {}).problems()]


@given(NETWORKS, NETWORKS)
def test_two_subnets_are_refused_exactly_when_they_share_an_address(public, private):
    settings = {"public_subnet_cidr": str(public), "private_subnet_cidr": str(private)}
    shared = max(public[0], private[0]) <= min(public[-1], private[-1])
    assert (
        any("must not overlap public_subnet_cidr" in said for said in problems(settings)) == shared
    )


@given(NETWORKS, st.integers(1, 20), st.integers(0, 20), st.integers(1, 8))
def test_a_subnet_is_refused_exactly_when_both_sides_of_a_release_do_not_fit_in(
    subnet, api, worker, database
):
    wanted = {
        "api_instances": api,
        "worker_instances": worker,
        "db_instances": database,
        "private_subnet_cidr": str(subnet),
    }
    settings = {**wanted, "api_instances_max": api, "worker_instances_max": worker}
    count = 2 * (api + worker) + database + 1
    assert addresses_needed(EnvironmentSettings(settings))["private_subnet_cidr"] == count
    assert bool(list(small_subnets(EnvironmentSettings(settings)))) == (
        subnet.num_addresses < count + RESERVED
    )


@given(st.integers(1, 20), st.integers(1, 8))
def test_the_size_that_a_refusal_names_is_enough_and_half_of_it_would_not(api, database):
    settings = {"api_instances": api, "api_instances_max": api, "db_instances": database}
    small = EnvironmentSettings({**settings, "private_subnet_cidr": "10.20.10.0/30"})
    *_, said = map(str, small_subnets(small))
    fits = int(said.rpartition("/")[2].split()[0])
    count = addresses_needed(EnvironmentSettings(settings))["private_subnet_cidr"]
    assert (
        usable_addresses(ipaddress.IPv4Network((0, fits)))
        >= count
        > usable_addresses(ipaddress.IPv4Network((0, fits + 1)))
    )


@given(st.lists(NETWORKS, max_size=8), st.integers(16, 24))
def test_a_network_that_is_offered_is_free(taken, size):
    found = free_network(size, taken)
    assert found is not None
    assert not any(found.overlaps(other) for other in taken)


def test_the_words_name_field_value_and_what_is_enough():
    settings = {"private_subnet_cidr": "10.20.10.0/28"}
    assert problems(settings) == [
        "private_subnet_cidr: '10.20.10.0/28' has 13 addresses to give, but 18 are needed: "
        "/27 is enough"
    ]


def test_two_environments_share_neither_network_nor_name():
    dev = {"dev": EnvironmentSettings({"domain": "dev.example.com"})}
    inside = {"vcn_cidr": "10.20.0.0/20", "domain": "dev.example.com"}
    assert problems(inside, dev)[-2:] == [
        (
            "vcn_cidr: '10.20.0.0/20' must not overlap '10.20.0.0/16' of dev, "
            "or the two can never be connected; 10.21.0.0/20 is free"
        ),
        "domain: 'dev.example.com' belongs to dev; one zone has one load balancer",
    ]
    apart = {"vcn_cidr": "10.30.0.0/16", "public_subnet_cidr": "10.30.0.0/24"}
    assert problems({**apart, "private_subnet_cidr": "10.30.10.0/24"}, dev) == []


def test_a_change_to_the_network_of_another_environment_is_refused_and_not_stored(db):
    dev, stage, _ = seed_environments()
    network = {name: value for name, value in dev.settings.items() if name.endswith("cidr")}
    with pytest.raises(Invalid, match=r"vcn_cidr: .* must not overlap '10\.20\.0\.0/16' of dev"):
        stage.change_settings({**stage.settings, **network}, actor="user:dan")
    assert Environment.objects.get(slug="stage").settings["vcn_cidr"] == "10.30.0.0/16"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"domain": "Example.com"}, "domain: 'Example.com' must be a DNS name in small letters"),
        ({"domain": "localhost"}, "domain: 'localhost' must be a DNS name"),
        ({"domain": "https://example.com"}, "must be a DNS name"),
        ({"domain": "dev.example.com."}, "must be a DNS name"),
        ({"domain": "-x.example.com"}, "must be a DNS name"),
        ({"domain": 5}, "domain: 5 must be a DNS name"),
        (
            {"domain": "dev.example.com", "listener_port": 443},
            "https_listener_port: 443 must not be listener_port",
        ),
        ({"dns_ttl_seconds": 5}, "dns_ttl_seconds: 5 must be a whole number from 30"),
    ],
)
def test_a_domain_that_cannot_be_one_is_refused(settings, said):
    assert any(said in problem for problem in problems(settings)), problems(settings)


def test_a_plain_domain_is_taken():
    assert problems({"domain": "dev.conceptlens.example.com"}) == []
