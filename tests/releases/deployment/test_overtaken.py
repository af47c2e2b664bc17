"""A deployment that is parked half-way: nothing newer ends beside it, and nothing newer is changed
by it.
"""

import pytest

from portal.lib.refusal import Refused
from releases.approvals.tally import tally
from releases.deployment import rollback
from releases.models import Deployment, Release
from releases.smoke import probe
from tests.releases.deployment.test_journey import at_1_4_0, live, site  # noqa: F401
from tests.releases.site import noted, run


def with_traffic(site):  # noqa: F811
    """Return the names of the backends that get requests."""
    return {name for name, drained in site.backends().items() if not drained}


def backends_of(version):
    deployment = Deployment.objects.get(release__version=version)
    return {one["backend"] for one in deployment.api}


@pytest.fixture
def parked_at_the_start(site):  # noqa: F811
    site.simulator.fault(
        "error", "create_container_instance", status=400, code="LimitExceeded", message="cores"
    )
    job = site.deploy("4.1.0")
    assert job.state == "needs_operator", noted(job)
    site.simulator.clear_faults()
    return job


@pytest.fixture
def parked_with_the_traffic(site, monkeypatch):  # noqa: F811
    """Return the job of a deployment whose approval was lost after all traffic was moved."""
    real = probe.run_test

    def lose_the_right(*args, **kwargs):
        none = tally(needed=1, digest="", requester="", votes=[])
        monkeypatch.setattr(Release, "tally", lambda release: none)
        return real(*args, **kwargs)

    monkeypatch.setattr(probe, "run_test", lose_the_right)
    job = site.deploy("4.2.0")
    assert job.state == "needs_operator", noted(job)
    monkeypatch.undo()
    return job


def test_a_newer_release_waits_for_one_that_is_parked(site, parked_at_the_start):  # noqa: F811
    with pytest.raises(Refused, match=r"kept by a job that needs an operator: 'Deploy 4\.1\.0"):
        site.order("4.3.0")
    parked_at_the_start.resume("user:dan")
    assert run(parked_at_the_start).state == "succeeded", noted(parked_at_the_start)
    assert with_traffic(site) == backends_of("4.1.0")
    assert site.roll_back().state == "succeeded"


def test_a_rollback_goes_back_from_a_parked_release_that_has_the_traffic(
    site,  # noqa: F811
    parked_with_the_traffic,
):
    found = rollback.verdict(site.environment)
    assert (found.kind, found.live.release.version) == ("instant", "4.2.0")
    assert found.target.release.version == "1.4.0" and "which is parked, ends" in found.words
    job = site.roll_back("4.2.0 is slow")
    assert job.state == "succeeded", noted(job)
    assert live(site) == "1.4.0" and with_traffic(site) == backends_of("1.4.0")
    parked_with_the_traffic.refresh_from_db()
    assert parked_with_the_traffic.state == "failed"
    assert parked_with_the_traffic.superseded_by == job.pk
    with pytest.raises(Refused, match="is over"):
        parked_with_the_traffic.request_cancel("user:dan")
    assert Deployment.objects.get(release__version="4.2.0").state == "rolled_back"


def test_the_verdict_changes_nothing(site, parked_with_the_traffic):  # noqa: F811
    rollback.verdict(site.environment)
    parked_with_the_traffic.refresh_from_db()
    assert parked_with_the_traffic.state == "needs_operator"
    assert live(site) == "1.4.0"
    parked_with_the_traffic.request_cancel("user:dan")
    assert run(parked_with_the_traffic).state == "compensated"


def test_a_release_that_was_abandoned_half_way_loses_its_traffic_to_the_next(
    site,  # noqa: F811
):
    site.simulator.fault("error", "update_backend", status=400, code="LimitExceeded", message="no")
    job = site.deploy("4.4.0")
    assert job.state == "needs_operator" and len(with_traffic(site)) > 1, noted(job)
    site.simulator.clear_faults()
    job.abandon("user:ada", "somebody looks into it")
    assert site.deploy("4.5.0").state == "succeeded"
    assert with_traffic(site) == backends_of("4.5.0")
    assert site.roll_back().state == "succeeded" and with_traffic(site) == backends_of("1.4.0")
