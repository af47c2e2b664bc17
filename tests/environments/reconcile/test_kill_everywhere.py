"""An apply whose worker is killed at each point that it passes: it goes on, one of each is
made, the next plan is empty.
"""

import pytest

from environments import blueprint as blueprint_module
from environments.models import Environment
from environments.reconcile import apply, planning
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.cloud import sdk_clients
from portal.cloud.client import client
from tests.chaos.conftest import LEASE, Workers, alive, at_rest
from tests.chaos.nursery import SIMULATOR
from tests.environments.site import with_needs
from tests.patience import until

pytestmark = pytest.mark.chaos
KEYS = ["bucket.uploads", "vault", "nsg.db", "topic"]
ACTOR = "command:test"


@pytest.fixture
def workers(committed_db, simulator, monkeypatch):
    whole = blueprint_module.blueprint
    monkeypatch.setattr(planning, "blueprint", lambda order: with_needs(whole(order), KEYS))
    cloud = {f"OCI_{name.upper()}": value for name, value in simulator.settings.items()}
    made = Workers(
        SIMULATOR,
        DJANGO_SETTINGS_MODULE="portal.settings",
        JOB_SETTLE_SECONDS="0.2",
        OCI_RATES="",
        **cloud,
    )
    yield made
    made.close()


def ordered(simulator):
    """Begin anew: an empty tenancy, and an apply of the whole of dev."""
    simulator.reset()
    sdk_clients.reset()
    Environment.objects.all().delete()
    dev = seed_environments()[0]
    return dev, apply.apply(make_plan(dev, actor=ACTOR), actor=ACTOR)


def over(job):
    job.refresh_from_db()
    return job.over


def survive(workers, simulator, point):
    """Kill the worker at a point, start another; the end is as if nothing had been."""
    dev, job = ordered(simulator)
    doomed = workers.start(f"kill@{point}", lease=LEASE)
    until(lambda: not alive(doomed) or over(job), seconds=40)
    workers.start()
    job = at_rest(job)
    workers.clear()
    assert job.state == "succeeded", f"{point}: {job.at_step}: {job.reason}"
    assert make_plan(dev, actor=ACTOR).is_empty, point
    dev.refresh_from_db()
    for service, listing in (
        ("virtual_network", "list_vcns"),
        ("kms_vault", "list_vaults"),
        ("ons_control", "list_topics"),
    ):
        assert len(client().pages(service, listing, dev.compartment_ocid)) == 1, (point, listing)


def test_an_apply_survives_a_kill_at_every_point(workers, simulator, tmp_path):
    trace = tmp_path / "trace"
    _, job = ordered(simulator)
    workers.start(f"trace@{trace}")
    assert at_rest(job).state == "succeeded", (job.at_step, job.reason)
    workers.clear()
    points = len(trace.read_text().split())
    for point in range(1, points + 1):
        survive(workers, simulator, point)
    print(f"chaos: an apply killed at each of {points} points")
