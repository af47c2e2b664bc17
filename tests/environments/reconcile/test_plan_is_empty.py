"""Whatever the settings: what was just applied is left alone by the next plan."""

from hypothesis import given, settings
from hypothesis import strategies as st

from environments.reconcile.plan import plan, plan_digest
from tests.environments.build import built, wanted
from tests.environments.site import Site
from tests.ports import free_port

CHOICES = {
    "listener_port": st.integers(1, 65535),
    "lb_max_mbps": st.integers(10, 8000),
    "health_path": st.sampled_from(["/health", "/", "/a/b"]),
    "exports_days": st.integers(1, 3650),
    "versioned_uploads": st.booleans(),
    "alarm_5xx_per_minute": st.integers(0, 100_000),
    "cors_allowed_origins": st.sampled_from([[], ["https://a.example"]]),
}


@settings(max_examples=20, deadline=None)
@given(st.fixed_dictionaries({}, optional=CHOICES), st.sampled_from([1, 2, 3]))
def test_a_plan_of_what_is_as_it_is_wanted_is_empty_and_has_one_digest(chosen, position):
    blueprint = wanted(settings=chosen, position=position)
    observed, remembered = built(blueprint)
    changes = plan(blueprint, observed, remembered)
    assert {change.action for change in changes} == {"nothing"}
    assert plan_digest("dev", changes) == plan_digest("dev", plan(blueprint, observed, remembered))


def test_the_second_plan_is_empty_in_the_simulator_too_for_prod_with_settings_of_its_own(simulator):
    networks = {
        "vcn_cidr": "10.99.0.0/20",
        "public_subnet_cidr": "10.99.1.0/24",
        "private_subnet_cidr": "10.99.2.0/24",
    }
    others = {
        "lb_max_mbps": 200,
        "health_path": "/up",
        "versioned_uploads": False,
        "exports_days": 1,
    }
    assert (
        Site(settings={**networks, **others, "listener_port": free_port()}, position=3).apply()
        == {}
    )
