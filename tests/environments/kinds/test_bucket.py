"""A bucket that somebody made keep versions is put back by suspending them: OCI knows no way
back to Disabled.
"""

import pytest

from portal.cloud.errors import AlreadyExists
from tests.environments.build import wanted
from tests.environments.site import Site

NAME = "conceptlens-dev-exports"


def test_versions_switched_on_by_hand_are_suspended_and_that_is_the_end_of_it(simulator):
    simulator.control("POST", "/clock", {"scale": 0.05})
    site = Site("bucket.exports")
    assert site.apply() == {}
    site.client.change(
        "object_storage", "update_bucket", site.client.namespace, NAME, {"versioning": "Enabled"}
    )
    change = site.plan()["bucket.exports"]
    assert [(one.field, one.want, one.have) for one in change.differences] == [
        ("versioning", "Disabled", "Enabled")
    ]
    site.converge(change)
    assert (
        site.client.read("object_storage", "get_bucket", site.client.namespace, NAME).data[
            "versioning"
        ]
        == "Suspended"
    )
    assert site.plan() == {}


def test_a_name_that_is_taken_elsewhere_is_refused_by_the_first_plan(simulator):
    site = Site("bucket.exports")
    body = {"name": NAME, "compartmentId": site.client.tenancy}
    made = site.client.change("object_storage", "create_bucket", site.client.namespace, body).data
    change = site.plan()["bucket.exports"]
    assert change.action == "refuse"
    assert (
        f"It is in the compartment {site.client.tenancy}, made by {made['createdBy']}"
        in change.reason
    )
    assert "unique in the tenancy's namespace and region" in change.reason


def test_a_name_that_is_taken_where_the_portal_cannot_see_is_told_when_it_is_created(simulator):
    site = Site("bucket.exports")
    body = {"name": NAME, "compartmentId": site.client.tenancy}
    site.client.change("object_storage", "create_bucket", site.client.namespace, body)
    simulator.fault(
        "error", "get_bucket", count=20, status=404, code="BucketNotFound", message="no"
    )
    with pytest.raises(AlreadyExists, match="taken in a compartment that the portal cannot see"):
        site.apply()


def test_one_adopted_in_another_compartment_is_moved_to_where_the_policies_reach_it(simulator):
    site = Site("bucket.exports")
    site.apply()
    shared = {"compartmentId": site.client.tenancy, "name": "shared-data", "description": "x"}
    elsewhere = site.client.change("identity", "create_compartment", shared).data["id"]
    place = (site.client.namespace, NAME)
    site.client.change("object_storage", "update_bucket", *place, {"compartmentId": elsewhere})
    change = site.plan()["bucket.exports"]
    assert change.action == "takes away"
    assert f"moved out of the compartment {elsewhere}" in change.costs[0].words
    site.converge(change)
    assert site.plan() == {}
    bucket = site.client.read("object_storage", "get_bucket", *place).data
    assert bucket["compartmentId"] == site.results["compartment"]["ocid"]


def test_nothing_is_public_but_the_frontend_and_that_only_while_it_is_wanted():
    access = {key: fields["publicAccessType"] for key, fields in buckets().items()}
    assert [key for key, type_ in access.items() if type_ != "NoPublicAccess"] == [
        "bucket.frontend-static"
    ]
    assert (
        buckets(settings={"frontend_public_read": False})["bucket.frontend-static"][
            "publicAccessType"
        ]
        == "NoPublicAccess"
    )


def buckets(**changes):
    return {want.key: want.fields for want in wanted(**changes) if want.kind == "bucket"}
