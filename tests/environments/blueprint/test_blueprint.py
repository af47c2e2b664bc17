"""The blueprint: the whole environment as resources with references."""

import json

import pytest

from environments.desired import refs
from environments.kinds import GROUPS, KINDS
from portal.lib.refusal import Invalid
from tests.environments.build import WEBHOOK, wanted

KEYS = [
    "compartment",
    "tag_namespace",
    "tag.project",
    "tag.env",
    "tag.owner",
    "tag.costCenter",
    "tag_default.project",
    "tag_default.env",
    "tag_default.owner",
    "tag_default.costCenter",
    "group.admins",
    "group.deployers",
    "group.ops-readonly",
    "dynamic_group.api",
    "dynamic_group.worker",
    "policy.workloads",
    "policy.people",
    "policy.services",
    "vcn",
    "default_security_list",
    "internet_gateway",
    "nat_gateway",
    "service_gateway",
    "route_table.public",
    "route_table.private",
    "subnet.public",
    "subnet.private",
    "nsg.lb",
    "nsg.app",
    "nsg.db",
    "vault",
    "key",
    "secret.DATABASE_URL",
    "secret.OPENAI_API_KEY",
    "secret.INSTRUCTOR_USERNAME",
    "secret.INSTRUCTOR_PASSWORD",
    "secret.DATABASE_PASSWORD",
    "db_system",
    "bucket.frontend-static",
    "bucket.uploads",
    "bucket.exports",
    "bucket.backups",
    "lifecycle.frontend-static",
    "lifecycle.uploads",
    "lifecycle.exports",
    "lifecycle.backups",
    "retention.backups",
    "repository.api",
    "repository.worker",
    "queue",
    "log_group",
    "log.lb-access",
    "log.lb-error",
    "log.app",
    "load_balancer",
    "backend_set.api",
    "listener.api",
    "topic",
    "subscription",
    "alarm.5xx",
    "alarm.backends",
    "alarm.latency",
    "alarm.p95",
    "alarm.db-failures",
    "alarm.db-silent",
    "alarm.db-connections",
    "alarm.db-cpu",
    "alarm.queue-lag",
    "alarm.dead-letters",
    "alarm.container-cpu",
    "alarm.container-memory",
]


def test_it_has_every_resource_once():
    assert sorted(want.key for want in wanted()) == sorted(KEYS)


BUDGET = {"budget_per_month": 500, "budget_recipients": ["team@example.com"]}


def test_a_budget_comes_with_three_alerts_and_only_when_an_amount_is_set():
    added = [want.key for want in wanted(settings=BUDGET) if want.key not in KEYS]
    assert added == ["budget", "budget_alert.50", "budget_alert.75", "budget_alert.90"]


@pytest.mark.parametrize("settings", [{}, BUDGET])
def test_every_reference_leads_to_a_resource(settings):
    known = {want.key for want in wanted(settings=settings)}
    assert all(want.all_needs() <= known for want in wanted(settings=settings))


def test_everything_is_tagged_with_its_environment_and_key():
    for want in wanted(slug="prod"):
        if KINDS[want.kind].tagged:
            owner = "shared" if want.kind in ("tag_namespace", "tag", "group") else "prod"
            ours = {"portal-environment": owner, "portal-key": want.key}
            assert ours.items() <= want.fields["freeformTags"].items()


def test_cost_tags_wait_for_their_keys():
    compartment = next(want for want in wanted() if want.key == "compartment")
    assert {"tag.project", "tag.env", "tag.owner", "tag.costCenter"} <= compartment.all_needs()
    assert compartment.fields["definedTags"]["conceptlens"] == {
        "project": "conceptlens",
        "env": "dev",
        "owner": "team",
        "costCenter": "cc-1",
    }


def test_settings_that_cannot_be_built_are_refused_in_words():
    with pytest.raises(Invalid, match=r"settings of dev cannot be built: vcn_cidr: 'x' must be"):
        wanted(settings={"vcn_cidr": "x"})


def test_the_only_way_in_from_the_internet_is_the_listener_port():
    open_doors = [
        (want.key, rule["tcpOptions"]["destinationPortRange"])
        for want in wanted(settings={"listener_port": 8111})
        for rule in want.fields.get("rules", [])
        if rule["direction"] == "INGRESS" and rule["source"] == "0.0.0.0/0"
    ]
    assert open_doors == [("nsg.lb", {"min": 8111, "max": 8111})]


def test_the_alarm_asks_for_the_load_balancer_of_this_environment():
    alarm = next(want for want in wanted() if want.key == "alarm.5xx")
    found = alarm.resolved(lambda key, fact: "ocid1.lb" if key == "load_balancer" else None)
    asked = 'httpResponses5xx[1m]{resourceId = "ocid1.lb", backendSetName = "api"}'
    assert found.fields["query"] == f"{asked}.grouping().sum() > 5"


def test_it_holds_no_secret_and_is_plain_json():
    text = json.dumps([want.as_json() for want in wanted()])
    assert "test-webhook-password" not in text
    assert [
        want["fields"]["endpoint"] for want in json.loads(text) if want["kind"] == "subscription"
    ] == [WEBHOOK]


def test_every_kind_has_its_place_in_a_group():
    assert all(kind.group in GROUPS for kind in KINDS.values())
    assert all(set(want.fields) - {"name"} >= set() and want.kind in KINDS for want in wanted())


def test_references_are_found_in_text_lists_and_objects():
    assert refs({"a": ["${x}", {"b": "text ${y:fact} more"}], "c": 1}) == {"x", "y"}


def test_a_policy_comes_after_everything_that_it_names():
    before = set()
    for want in wanted():
        if want.kind == "policy":
            assert want.all_needs() <= before
        before.add(want.key)
