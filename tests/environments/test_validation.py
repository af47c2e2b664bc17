"""Settings: every refusal names the field, the value and the rule."""

import pytest

from environments.catalogue import SETTINGS
from environments.validation import complete, problems


def test_no_settings_at_all_are_fine():
    assert problems({}) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"vcn_cidr": "10.20.0.0/8"}, "vcn_cidr: '10.20.0.0/8' must be an IPv4 network"),
        ({"vcn_cidr": "10.0.0.0/8"}, "vcn_cidr: '10.0.0.0/8' must be between /16 and /24"),
        ({"vcn_cidr": "8.8.0.0/16"}, "vcn_cidr: '8.8.0.0/16' must be a private network"),
        ({"vcn_cidr": 5}, "vcn_cidr: 5 must be an IPv4 network"),
        ({"listener_port": 0}, "listener_port: 0 must be a whole number from 1 to 65535"),
        ({"listener_port": True}, "listener_port: True must be a whole number"),
        ({"listener_port": "80"}, "listener_port: '80' must be a whole number"),
        ({"health_path": "health"}, "health_path: 'health' must be a path"),
        ({"versioned_uploads": "yes"}, "versioned_uploads: 'yes' must be true or false"),
        ({"colour": "red"}, "colour: there is no such setting"),
        ({"public_subnet_cidr": "10.99.0.0/24"}, "public_subnet_cidr: '10.99.0.0/24' must lie inside vcn_cidr '10.20.0.0/16'"),
        ({"public_subnet_cidr": "10.20.0.0/30"}, "public_subnet_cidr: '10.20.0.0/30' must be between /16 and /28"),
        ({"private_subnet_cidr": "10.20.0.128/25"}, "private_subnet_cidr: '10.20.0.128/25' must not overlap public_subnet_cidr"),
        ({"lb_min_mbps": 100}, "lb_max_mbps: 10 must not be below lb_min_mbps 100"),
        ([], "settings: must be a JSON object"),
    ],
)
def test_it_says_what_is_wrong(settings, said):
    assert any(said in problem for problem in problems(settings)), problems(settings)


def test_it_names_every_mistake_at_once():
    assert len(problems({"listener_port": 0, "backend_port": 0, "x": 1})) == 3


def test_prod_has_the_safer_defaults():
    assert complete({}, position=1)["api_instances"] == 1
    assert complete({}, position=3)["api_instances"] == 2
    assert complete({"api_instances": 1}, position=3)["api_instances"] == 1


def test_every_default_keeps_its_own_rule():
    assert all(not rule.check(rule.for_position(position)) for rule in SETTINGS.values() for position in (1, 3))
