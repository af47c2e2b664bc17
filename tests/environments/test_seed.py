"""Seeding: three environments, once."""

import pytest

from environments.models import Environment
from environments.seed import seed_environments
from portal.lib.refusal import Missing, Refused


def test_it_makes_dev_stage_and_prod_in_the_order_of_promotion(environments):
    assert [e.slug for e in Environment.objects.all()] == ["dev", "stage", "prod"]
    assert [e.protected for e in environments.values()] == [False, False, True]
    assert all(not e.settings_to_check().problems() for e in environments.values())


def test_their_networks_do_not_overlap(environments):
    assert [e.setting("vcn_cidr") for e in environments.values()] == [
        "10.20.0.0/16",
        "10.30.0.0/16",
        "10.40.0.0/16",
    ]


def test_a_second_run_keeps_what_people_changed(dev):
    dev.settings["listener_port"] = 8111
    dev.save()
    seed_environments({"dev": 80})
    dev.refresh_from_db()
    assert dev.setting("listener_port") == 8111
    assert Environment.objects.count() == 3


def test_an_unknown_environment_is_refused_by_naming_the_known_ones(environments):
    with pytest.raises(
        Missing, match=r"no environment 'test'. The environments are: dev, stage, prod"
    ):
        Environment.objects.named("test")


def test_what_is_not_provisioned_has_no_ocid_and_no_address(dev):
    assert dev.api_url == ""
    with pytest.raises(Refused, match=r"dev has no load_balancer yet. Plan and apply dev first"):
        dev.ocid("load_balancer")
