"""From a found value back to the setting that would want it: a table, and what always holds."""

import copy

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from environments.blueprint.infer import infer_part, infer_settings, leaves
from environments.desired import agrees
from environments.settings.schema import SETTINGS
from tests.environments.build import built, spec, wanted

SPEC = spec()
FOUND, _ = built(wanted())


def resolve(want):
    def known(key, fact):
        found = FOUND.get(key)
        return (
            "ocid1.tenancy"
            if key == "tenancy"
            else found.facts.get(fact)
            if found and fact
            else found.ocid
            if found
            else None
        )

    return want.resolved(known)


def back(key, field, change):
    return infer_settings(SPEC, key, field, change(copy.deepcopy(FOUND[key].wire[field])), resolve)


def another_port(rules):
    rules = sorted(rules, key=str, reverse=True)  # OCI keeps no order
    for rule in rules:
        if rule["direction"] == "EGRESS":
            rule["tcpOptions"]["destinationPortRange"] = {"min": 9000, "max": 9000}
    return rules


MAPS = {
    ("vcn", "cidrBlocks"): (lambda have: ["10.99.0.0/16"], {"vcn_cidr": "10.99.0.0/16"}),
    ("subnet.private", "cidrBlock"): (
        lambda have: "10.99.3.0/24",
        {"private_subnet_cidr": "10.99.3.0/24"},
    ),
    ("bucket.uploads", "versioning"): (lambda have: "Disabled", {"versioned_uploads": False}),
    ("load_balancer", "shapeDetails"): (
        lambda have: {"minimumBandwidthInMbps": 20, "maximumBandwidthInMbps": 400},
        {"lb_min_mbps": 20, "lb_max_mbps": 400},
    ),
    ("backend_set.api", "healthChecker"): (
        lambda have: {**have, "urlPath": "/ping", "intervalInMillis": 20_000, "somethingNew": 1},
        {"health_path": "/ping", "health_interval_ms": 20_000},
    ),
    ("alarm.5xx", "query"): (
        lambda have: have.replace("> 5", "> 50"),
        {"alarm_5xx_per_minute": 50},
    ),
    ("nsg.lb", "rules"): (another_port, {"backend_port": 9000}),
    ("vcn", "definedTags"): (
        lambda have: {"conceptlens": {**have["conceptlens"], "costCenter": "x"}},
        {"cost_center": "x"},
    ),
}
MAPS_NOT = {
    ("bucket.uploads", "publicAccessType"): (
        lambda have: "ObjectRead",
        "No setting controls publicAccessType of bucket.uploads",
    ),
    ("vcn", "freeformTags"): (lambda have: {}, "The portal sets these tags"),
    ("vcn", "cidrBlocks"): (
        lambda have: ["8.8.0.0/16"],
        "vcn_cidr would have to be '8.8.0.0/16', but it must be a private network",
    ),
    ("backend_set.api", "healthChecker"): (
        lambda have: {**have, "returnCode": 204},
        "No setting controls healthChecker",
    ),
}


@pytest.mark.parametrize(("key", "field"), MAPS)
def test_a_found_value_leads_to_the_settings_that_would_want_it(key, field):
    change, settings = MAPS[key, field]
    assert back(key, field, change).settings == settings


@pytest.mark.parametrize(("key", "field"), MAPS_NOT)
def test_what_no_setting_can_want_says_why(key, field):
    change, words = MAPS_NOT[key, field]
    found = back(key, field, change)
    assert found.settings == {} and words in found.why_not


@hypothesis_settings(max_examples=25, deadline=None)
@example(number=1, name="queue_retention_hours")
@given(
    number=st.integers(1, 100_000),
    name=st.sampled_from([n for n, rule in SETTINGS.items() if type(rule.default) is int]),
)
def test_whatever_number_a_setting_takes_is_found_again_in_every_field_that_it_decides(
    number, name
):
    if SETTINGS[name].check(number) or SETTINGS[name].default == number:
        return
    there = {want.key: resolve(want) for want in wanted(settings={})}
    try:
        changed = [resolve(want) for want in wanted(settings={name: number})]
    except Exception:  # a number that does not fit the other settings
        return
    for want in changed:
        for field, value in want.fields.items():
            if want.key in there and not agrees(there[want.key].fields.get(field), value):
                settings = infer_settings(SPEC, want.key, field, value, resolve).settings
                again = next(w for w in wanted_with(settings) if w.key == want.key)
                assert agrees(resolve(again).fields[field], value)


def wanted_with(settings):
    changed = SPEC.changed(settings)
    return wanted(
        settings=changed.settings.values, owner=changed.owner, cost_center=changed.cost_center
    )


def test_lists_pair_up_with_what_is_most_alike():
    want = [{"port": 80, "who": "a"}, {"port": 443, "who": "b"}]
    have = [{"port": 444, "who": "b"}, {"port": 80, "who": "a"}]
    assert [(leaf.path, leaf.want, leaf.have) for leaf in leaves(want, have)] == [
        ((1, "port"), 443, 444)
    ]
    assert [leaf.path for leaf in leaves(want, have[:1])] == [(0,), (1, "port")]


ONE_RULE = [
    {
        "name": "old-backups",
        "action": "DELETE",
        "target": "objects",
        "timeAmount": 400,
        "timeUnit": "DAYS",
        "isEnabled": True,
    }
]
PARTS = [
    ("lifecycle.backups", "items", lambda have: ONE_RULE, {"backups_days": 400}),
    (
        "lifecycle.backups",
        "items",
        lambda have: [*ONE_RULE, *[{**one, "name": "x"} for one in have if "ABORT" in str(one)]],
        {"backups_days": 400},
    ),
    ("queue", "retentionInSeconds", lambda have: 7200, {"queue_retention_hours": 2}),
]


@pytest.mark.parametrize(("key", "field", "change", "settings"), PARTS)
def test_days_hours_and_ports_are_proposed_though_the_list_has_another_length(
    key, field, change, settings
):
    found = change(copy.deepcopy(FOUND[key].wire[field]))
    assert infer_part(SPEC, key, field, found, resolve) == settings or (
        infer_settings(SPEC, key, field, found, resolve).settings == settings
    )
