"""Names: one place makes them, and OCI takes them."""

import re

import pytest

from environments import naming
from tests.environments.build import wanted


def test_everything_carries_product_and_environment_in_its_name():
    names = {want.key: want.name for want in wanted(slug="stage")}
    assert names["compartment"] == "conceptlens-stage"
    assert names["bucket.uploads"] == "conceptlens-stage-uploads"
    assert names["repository.api"] == "conceptlens-stage/api"
    assert names["load_balancer"] == "conceptlens-stage-lb"
    assert names["secret.DATABASE_URL"] == "DATABASE_URL"


@pytest.mark.parametrize("prefix", ["conceptlens", "concept-lens", "c.l"])
def test_the_tag_namespace_is_legal_in_policy_variables(prefix):
    assert re.fullmatch(r"\w+", naming.tag_namespace(prefix))


def test_dns_labels_are_short_and_plain():
    assert naming.dns_label("Concept-Lens-staging-2") == "conceptlensstag"
    assert all(len(want.fields.get("dnsLabel", "")) <= 15 for want in wanted(slug="production"))


def test_the_convention_shows_every_name_that_an_environment_gives():
    told = ", ".join(name for _, name in naming.convention("conceptlens", "dev"))
    given = {
        want.name
        for want in wanted()
        if want.name.startswith("conceptlens") and want.kind != "alarm"
    }
    assert sorted(name for name in given if name not in told) == []
    assert len(naming.convention("conceptlens", "dev")) == len(
        dict(naming.convention("conceptlens", "dev"))
    )
