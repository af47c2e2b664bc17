"""The compartment of an environment is made in the one that a setting names."""

import pytest

from environments.models import Environment
from environments.settings.rules import EnvironmentSettings
from portal.lib.refusal import Invalid
from tests.environments.build import wanted
from tests.environments.site import Site

OCID = "ocid1.compartment.oc1..aaaaparent"


def place(**settings):
    found = wanted(settings=settings)
    return next(want for want in found if want.key == "compartment").place["compartmentId"]


def test_it_is_the_root_unless_a_setting_names_another():
    assert place() == "${tenancy}"
    assert place(parent_compartment=OCID) == OCID


def test_it_must_be_a_compartment():
    (problem,) = EnvironmentSettings({"parent_compartment": "ocid1.vcn.oc1..aaaa"}).problems()
    assert problem.field == "parent_compartment"


def test_it_is_made_there_and_then_left_alone(simulator):
    site = Site("compartment")
    tenancy = site.client.tenancy
    body = {"compartmentId": tenancy, "name": "products", "description": "products"}
    parent = site.client.change("identity", "create_compartment", body).data["id"]
    below = Site("compartment", also={"parent_compartment": parent})
    assert below.apply() == {}
    assert below.found("compartment").wire["compartmentId"] == parent


def test_it_is_fixed_once_the_compartment_exists(dev):
    dev.change_settings({"parent_compartment": OCID}, actor="user:ada")
    Environment.objects.filter(pk=dev.pk).update(compartment_ocid="ocid1.compartment.oc1..dev")
    dev.refresh_from_db()
    with pytest.raises(Invalid, match="no plan moves it"):
        dev.change_settings({}, actor="user:ada")
    dev.change_settings({"parent_compartment": OCID, "lb_max_mbps": 20}, actor="user:ada")
