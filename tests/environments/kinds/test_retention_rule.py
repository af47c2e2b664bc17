"""The retention rule of the backups: made after its bucket, longer and shorter by the
settings, never locked.
"""

from environments.kinds import KINDS
from environments.reconcile.observe import CloudReader
from tests.environments.build import wanted
from tests.environments.kinds.test_every_kind import DirectWriter
from tests.environments.site import Site

KEY, BUCKET = "retention.backups", "conceptlens-dev-backups"


def rules(site):
    return site.client.pages(
        "object_storage", "list_retention_rules", site.client.namespace, BUCKET
    )


def later(site, days):
    other = Site(KEY, settings={"backups_keep_days": days})
    other.remembered, other.results = site.remembered, site.results
    return other


def test_only_backups_have_one_and_no_bucket_has_both_it_and_versions():
    fields = {want.key: want.fields for want in wanted(settings={"versioned_uploads": True})}
    ruled = [key for key in fields if key.startswith("retention.")]
    assert ruled == [KEY]
    assert [fields[f"bucket.{key.partition('.')[2]}"]["versioning"] for key in ruled] == [
        "Disabled"
    ]


def test_it_is_made_unlocked_and_changed_in_place_both_ways(simulator):
    site = Site(KEY)
    assert site.apply() == {}
    made = rules(site)
    assert [(rule["duration"], rule.get("timeRuleLocked")) for rule in made] == [
        ({"timeAmount": 7, "timeUnit": "DAYS"}, None)
    ]
    for days, action in ((30, "update"), (3, "takes away")):
        other = later(site, days)
        assert other.plan()[KEY].action == action
        assert other.apply() == {}
        assert [(rule["id"], rule["duration"]["timeAmount"]) for rule in rules(site)] == [
            (made[0]["id"], days)
        ]


def test_one_that_is_there_already_is_adopted_and_one_that_was_removed_is_made_again(simulator):
    site = Site(KEY)
    site.apply()
    site.forget(KEY)
    change = site.plan()[KEY]
    assert change.action == "adopt" and site.converge(change).calls == []
    want = site.want(KEY).resolved(lambda key, fact: site.results[key]["ocid"])
    KINDS["retention_rule"].delete(DirectWriter(site), site.found(KEY))
    assert KINDS["retention_rule"].read(CloudReader(site.client), want) is None
    assert site.plan()[KEY].action == "create"
    assert site.apply() == {}
