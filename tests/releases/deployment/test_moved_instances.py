"""A kept instance that somebody stopped comes back at another address, and gets the traffic."""

import pytest

from portal.cloud.client import client
from releases import current
from releases.deployment import rollback
from tests.patience import until
from tests.releases.site import build, noted

pytestmark = pytest.mark.django_db


def test_an_instant_rollback_starts_what_was_stopped_and_finds_its_new_address(simulator):
    site = build(simulator)
    for version in ("1.4.0", "1.5.0"):
        job = site.deploy(version)
        assert job.state == "succeeded", noted(job)
    kept = rollback.verdict(site.environment).target
    (former,) = kept.api
    stop(former["instance"])
    job = site.roll_back("1.5.0 is slow")
    assert job.state == "succeeded", noted(job)
    kept.refresh_from_db()
    (found,) = kept.api
    assert found["instance"] == former["instance"] and found["backend"] != former["backend"]
    assert current.live(site.environment).release.version == "1.4.0"
    there = site.backends()
    assert there[found["backend"]] is False and former["backend"] not in there
    assert sorted(there.values()) == [False, True]


def stop(instance):
    """Stop an instance by hand."""
    cloud = client()
    cloud.change("container_instances", "stop_container_instance", instance)
    read = ("container_instances", "get_container_instance", instance)
    until(lambda: cloud.read(*read).data["lifecycleState"] == "INACTIVE")
