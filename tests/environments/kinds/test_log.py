"""Logs: those of the load balancer follow it, the application's own stays."""

import pytest

from environments.kinds import KINDS
from portal.cloud.errors import AlreadyExists
from tests.environments.build import wanted
from tests.environments.kinds.test_every_kind import DirectWriter
from tests.environments.site import Site

KEY = "log.lb-access"


def test_the_load_balancer_writes_two_the_application_one():
    logs = {want.key: want.fields for want in wanted() if want.kind == "log"}
    sources = {
        key: fields.get("configuration", {}).get("source", {}) for key, fields in logs.items()
    }
    assert {
        key: (fields["logType"], sources[key].get("category")) for key, fields in logs.items()
    } == {
        "log.lb-access": ("SERVICE", "access"),
        "log.lb-error": ("SERVICE", "error"),
        "log.app": ("CUSTOM", None),
    }
    assert {source["service"] for source in sources.values() if source} == {"loadbalancer"}


def test_a_log_of_a_load_balancer_that_was_made_anew_is_made_anew(simulator):
    site = Site(KEY, "load_balancer")
    assert site.apply() == {}
    first = site.found(KEY).ocid
    KINDS["load_balancer"].delete(DirectWriter(site), site.found("load_balancer"))
    assert {key: change.action for key, change in site.plan().items()} == {
        "load_balancer": "create",
        KEY: "replace",
    }
    assert site.apply() == {}
    assert site.found(KEY).ocid != first
    assert (
        site.found(KEY).wire["configuration"]["source"]["resource"]
        == site.found("load_balancer").ocid
    )


def test_it_is_switched_on_again_and_deleted_with_its_group(simulator):
    site = Site("log.app")
    site.apply()
    place = (site.results["log_group"]["ocid"], site.results["log.app"]["ocid"])
    site.client.change("logging", "update_log", *place, {"isEnabled": False})
    assert site.plan()["log.app"].action == "update"
    assert site.apply() == {}
    for key in ("log.app", "log_group"):
        KINDS[site.want(key).kind].delete(DirectWriter(site), site.found(key))
    assert {key: change.action for key, change in site.plan().items()} == {
        "log_group": "create",
        "log.app": "create",
    }


def test_a_log_that_somebody_enabled_in_another_group_says_what_helps(simulator):
    site = Site(KEY, "load_balancer")
    site.apply()
    first, there = site.found(KEY), site.results["compartment"]["ocid"]
    KINDS["log"].delete(DirectWriter(site), first)
    group = {"compartmentId": there, "displayName": "by-hand"}
    site.client.change("logging", "create_log_group", group)
    groups = site.client.pages("logging", "list_log_groups", there)
    (other,) = [one["id"] for one in groups if one["displayName"] == "by-hand"]
    configuration = site.want(KEY).fields["configuration"]
    source = configuration["source"] | {"resource": site.results["load_balancer"]["ocid"]}
    body = {"displayName": "by-hand", "logType": "SERVICE", "configuration": {"source": source}}
    site.client.change("logging", "create_log", other, body)
    site.forget(KEY)
    with pytest.raises(AlreadyExists) as caught:
        site.converge(site.plan()[KEY])
    assert "in another log group or under another name. Tags alone" in caught.value.next_step
