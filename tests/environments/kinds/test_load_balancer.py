"""The load balancer with its parts: every change is a work request, one after the other."""

import pytest

from tests.environments.site import Site

KEYS = ["load_balancer", "backend_set.api", "listener.api"]


@pytest.fixture
def site(simulator, free_port):
    simulator.control("POST", "/clock", {"scale": 0.05})
    site = Site("listener.api", settings={"listener_port": free_port})
    assert site.apply() == {}
    return site


def balancer(site):
    return site.client.read(
        "load_balancer", "get_load_balancer", site.results["load_balancer"]["ocid"]
    ).data


def settled(site, answer):
    """Wait for a work request that a change by hand started."""
    while (
        site.client.read("load_balancer", "get_work_request", answer.work_request).data[
            "lifecycleState"
        ]
        != "SUCCEEDED"
    ):
        pass


def test_it_is_made_with_its_parts_and_its_address_is_known(site):
    whole = balancer(site)
    assert site.results["load_balancer"]["facts"]["ipAddress"] == "127.0.0.1"
    assert list(whole["backendSets"]) == ["api"]
    assert whole["listeners"]["http"]["port"] == site.want("listener.api").fields["port"]
    assert whole["backendSets"]["api"]["healthChecker"]["urlPath"] == "/health"


def test_a_second_apply_calls_nothing(site):
    before = len(site.calls)
    assert site.apply() == {}
    assert len(site.calls) == before


@pytest.mark.parametrize("key", KEYS)
def test_it_is_adopted_not_made_twice(site, key):
    site.forget(key)
    assert site.plan()[key].action == "adopt"
    assert site.converge(site.plan()[key]).calls == []


def test_a_health_check_changed_by_hand_is_put_back_and_the_backends_stay(site):
    lb = site.results["load_balancer"]["ocid"]
    backend = {"ipAddress": "10.20.10.5", "port": 8000}
    settled(site, site.client.change("load_balancer", "create_backend", backend, lb, "api"))
    check = {"protocol": "HTTP", "urlPath": "/wrong", "port": 8000, "returnCode": 200}
    body = {"policy": "ROUND_ROBIN", "backends": [backend], "healthChecker": check}
    settled(site, site.client.change("load_balancer", "update_backend_set", body, lb, "api"))
    change = site.plan()["backend_set.api"]
    assert [difference.field for difference in change.differences] == ["healthChecker"]
    site.converge(change)
    assert site.plan() == {}
    assert [one["ipAddress"] for one in balancer(site)["backendSets"]["api"]["backends"]] == [
        "10.20.10.5"
    ]


def test_a_backend_is_no_difference(site):
    lb = site.results["load_balancer"]["ocid"]
    settled(
        site,
        site.client.change(
            "load_balancer", "create_backend", {"ipAddress": "10.20.10.5", "port": 8000}, lb, "api"
        ),
    )
    assert site.plan() == {}


def test_another_bandwidth_is_changed_in_place(site):
    site.wanted = Site(
        "listener.api",
        settings={"listener_port": site.want("listener.api").fields["port"], "lb_max_mbps": 50},
    ).wanted
    assert site.plan()["load_balancer"].action == "update"
    assert site.apply() == {}
    assert balancer(site)["shapeDetails"]["maximumBandwidthInMbps"] == 50


def test_a_name_and_a_security_group_changed_by_hand_are_both_put_back(site):
    lb = site.results["load_balancer"]["ocid"]
    settled(
        site,
        site.client.change("load_balancer", "update_load_balancer", {"displayName": "by hand"}, lb),
    )
    settled(
        site,
        site.client.change(
            "load_balancer", "update_network_security_groups", {"networkSecurityGroupIds": []}, lb
        ),
    )
    assert {d.field for d in site.plan()["load_balancer"].differences} == {
        "displayName",
        "networkSecurityGroupIds",
    }
    assert site.apply() == {}


def test_a_work_request_that_fails_stops_the_step_with_its_words(site, monkeypatch):
    from environments.reconcile.converge import Converge
    from portal.jobs.definition import Stop
    from tests.environments.site import Context

    context = Context(site, "load_balancer")
    context.memo["work_request"] = "wr-1"
    change = site.changes["load_balancer"]
    work = Converge(context, change)
    failed = {
        "lifecycleState": "FAILED",
        "errorDetails": [{"message": "no free address in the subnet"}],
    }
    monkeypatch.setattr(
        type(work.client), "read", lambda *args, **kwargs: type("A", (), {"data": failed})()
    )
    with pytest.raises(Stop, match="no free address in the subnet"):
        work.run()
