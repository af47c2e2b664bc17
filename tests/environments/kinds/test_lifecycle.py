"""Lifecycle rules: written as a whole, after the policy that lets Object Storage carry them out."""

import pytest

from environments.kinds import KINDS
from environments.reconcile.observe import CloudReader
from portal.cloud.errors import BadRequest
from tests.environments.build import wanted
from tests.environments.kinds.test_every_kind import DirectWriter
from tests.environments.site import Site

KEY = "lifecycle.exports"


def rules(key, **changes):
    found = next(want for want in wanted(**changes) if want.key == key)
    return {
        rule["name"]: (rule["action"], rule["target"], rule["timeAmount"])
        for rule in found.fields["items"]
    }


ABORT = {"abort-uploads": ("ABORT", "multipart-uploads", 7)}
PREVIOUS = {"delete-previous-versions": ("DELETE", "previous-object-versions", 30)}


def test_each_bucket_has_the_rules_that_its_settings_mean():
    assert rules("lifecycle.backups") == ABORT | {"delete-objects": ("DELETE", "objects", 90)}
    assert rules(
        "lifecycle.uploads", settings={"uploads_infrequent_days": 60}
    ) == ABORT | PREVIOUS | {"move-objects": ("INFREQUENT_ACCESS", "objects", 60)}
    assert rules("lifecycle.frontend-static") == ABORT | PREVIOUS
    assert rules("lifecycle.uploads") == ABORT | PREVIOUS
    assert rules("lifecycle.uploads", settings={"versioned_uploads": False}) == ABORT
    assert rules(KEY) == ABORT | {"delete-objects": ("DELETE", "objects", 90)}
    assert rules(KEY, settings={"exports_days": 7}) == ABORT | {
        "delete-objects": ("DELETE", "objects", 7)
    }


def put(site, items):
    name = site.want(KEY).name
    site.client.change(
        "object_storage",
        "put_object_lifecycle_policy",
        site.client.namespace,
        name,
        {"items": items},
    )


def test_they_are_written_once_after_the_services_policy_and_then_left_alone(simulator):
    site = Site(KEY)
    assert site.apply() == {}
    calls = [operation for _, operation in site.calls]
    assert calls.index("create_policy") < calls.index("put_object_lifecycle_policy")
    assert calls.count("put_object_lifecycle_policy") == 1
    before = len(site.calls)
    assert site.apply() == {}
    assert len(site.calls) == before


@pytest.mark.parametrize(
    "items",
    [
        [],
        [
            {
                "name": "by-hand",
                "action": "DELETE",
                "timeAmount": 1,
                "timeUnit": "DAYS",
                "isEnabled": True,
            }
        ],
    ],
)
def test_rules_changed_by_hand_are_shown_and_written_again_as_a_whole(simulator, items):
    site = Site(KEY)
    site.apply()
    put(site, items)
    change = site.plan()[KEY]
    assert [difference.field for difference in change.differences] == ["items"]
    assert change.action == ("update" if items else "takes away")  # deletes after 1 day already
    site.converge(change)
    assert site.plan() == {}


def test_rules_that_are_right_already_are_adopted_without_a_call(simulator):
    site = Site(KEY)
    site.apply()
    site.forget(KEY)
    change = site.plan()[KEY]
    assert change.action == "adopt"
    assert site.converge(change).calls == []


@pytest.mark.parametrize(
    ("amount", "unit", "more", "words"),
    [
        (400, "DAYS", {}, "(now 400)"),
        (1, "YEARS", {}, "(now 365)"),
        (10, "DAYS", {"objectNameFilter": {"inclusionPrefixes": ["old/"]}}, "for good."),
        (10, "DAYS", {"isEnabled": False}, "for good."),
        (10, "DAYS", {"target": "previous-object-versions"}, "for good."),
    ],
)
def test_a_rule_that_deletes_later_or_less_is_not_shortened_silently(
    simulator, amount, unit, more, words
):
    site = Site(KEY)
    site.apply()
    rule = {"name": "by-hand", "action": "DELETE", "isEnabled": True}
    put(site, [{**rule, "timeAmount": amount, "timeUnit": unit, **more}])
    site.forget(KEY)  # as when it is adopted
    change = site.plan()[KEY]
    assert change.action == "takes away"
    (cost,) = change.costs
    assert cost.words.startswith("All objects older than 90 days") and words in cost.words


def test_rules_removed_by_hand_are_made_again_and_take_away_what_is_old(simulator):
    site = Site(KEY)
    site.apply()
    want, found = (
        site.want(KEY).resolved(lambda key, fact: site.results[key]["ocid"]),
        site.found(KEY),
    )
    KINDS["lifecycle"].delete(DirectWriter(site), found)
    assert KINDS["lifecycle"].read(CloudReader(site.client), want) is None
    assert site.plan()[KEY].action == "takes away"
    assert "All objects older than 90 days are deleted" in site.plan()[KEY].costs[0].words
    assert site.apply() == {}


def refused(simulator):
    simulator.fault(
        "error",
        "put_object_lifecycle_policy",
        count=2,
        status=400,
        code="InsufficientServicePermissions",
        message="no rights",
    )


def test_a_new_policy_that_object_storage_does_not_know_yet_is_waited_for(simulator):
    site = Site(KEY)
    refused(simulator)
    assert site.apply() == {}
    assert [operation for _, operation in site.calls].count("put_object_lifecycle_policy") == 3


def test_an_old_policy_that_gives_no_rights_stops_the_step(simulator):
    site = Site("policy.services", "bucket.exports")
    site.apply()
    later = Site(KEY)
    later.remembered = site.remembered
    refused(simulator)
    with pytest.raises(BadRequest, match="no rights"):
        later.apply()
