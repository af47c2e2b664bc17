"""A bucket that somebody made keep versions is put back by suspending them: OCI knows no way back to Disabled."""

from tests.environments.site import Site

NAME = "conceptlens-dev-exports"


def test_versions_switched_on_by_hand_are_suspended_and_that_is_the_end_of_it(simulator):
    simulator.control("POST", "/clock", {"scale": 0.05})
    site = Site("bucket.exports")
    assert site.apply() == {}
    site.door.change("object_storage", "update_bucket", site.door.namespace, NAME, {"versioning": "Enabled"})
    change = site.plan()["bucket.exports"]
    assert [(one.field, one.want, one.have) for one in change.differences] == [("versioning", "Disabled", "Enabled")]
    site.converge(change)
    assert site.door.read("object_storage", "get_bucket", site.door.namespace, NAME).data["versioning"] == "Suspended"
    assert site.plan() == {}
