"""Lifecycle rules delete what is old, on the simulator's clock, and spare what they exclude."""

import oci
import pytest

from environments.blueprint.data import NEVER_DELETED, lifecycle_rules
from releases.frontend import store
from tests.patience import until

DAY = 86_400


@pytest.fixture
def bucket(estate, simulator):
    """Return the names of the objects in a bucket with the rules of `backups`."""
    storage = estate.clients.make(
        oci.object_storage.ObjectStorageClient, estate.clients.simulator.endpoint
    )
    namespace = storage.get_namespace().data
    details = {"name": "kept", "compartmentId": estate.compartment}
    storage.create_bucket(namespace, details)
    said = "Allow service objectstorage-us-ashburn-1 to manage object-family in tenancy"
    policy = {"name": "p", "description": "d", "statements": [said]}
    tenancy = simulator.tenancy["tenancy"]
    estate.clients.identity.create_policy({**policy, "compartmentId": tenancy})
    rules = lifecycle_rules(versioned=False, days=90, spared=NEVER_DELETED["backups"])
    storage.put_object_lifecycle_policy(namespace, "kept", {"items": rules})
    put = lambda name: storage.put_object(namespace, "kept", name, b"x")  # noqa: E731

    def names():
        return {one.name for one in storage.list_objects(namespace, "kept").data.objects}

    return put, names


def test_old_objects_go_and_the_archive_of_a_live_frontend_stays(bucket, simulator):
    put, names = bucket
    archive = store.name("sha256:" + "a" * 64, "zip")
    put(archive)
    put("dump-1.sql")
    simulator.advance(80 * DAY)
    put("dump-2.sql")
    simulator.advance(20 * DAY)
    until(lambda: "dump-1.sql" not in names())
    assert names() == {archive, "dump-2.sql"}
