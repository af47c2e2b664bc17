"""A worker killed in the middle of a deployment, a rollback or a change of scale: the next
one goes on, and nothing is lost.
"""

import os
import signal

import pytest

from releases import current
from releases.deployment import rollback
from releases.models import ContainerLog, Deployment
from releases.scaling import scale as scaling
from releases.scaling.target import read, settings
from tests.environments.reconcile.test_kill import worker
from tests.releases.site import build, noted
from tests.releases.traffic import Traffic

pytestmark = pytest.mark.chaos
SAMPLES = int(os.environ.get("KILL_SAMPLES", "8"))


@pytest.fixture
def site(committed_db, simulator):
    site = build(simulator)
    assert site.deploy("1.0.0").state == "succeeded"
    return site


def points(simulator, trace):
    """Let a worker do the waiting job undisturbed; return how many points it passed."""
    assert worker(simulator, f"trace@{trace}") == 0
    return len(trace.read_text().splitlines())


def chosen(count):
    """Return evenly spread points, the first and the last among them."""
    step = max(1, (count - 1) // max(1, SAMPLES - 1))
    return sorted({*range(1, count + 1, step), count})


def killed_and_resumed(site, job, point):
    """Kill the worker at a point, let another one finish."""
    code = worker(site.simulator, f"kill@{point}")
    assert code in (0, -signal.SIGKILL)
    if code:
        assert worker(site.simulator) == 0
    job.refresh_from_db()
    assert job.state == "succeeded", (point, noted(job))


def test_a_deployment_survives_a_kill_at_any_point(site, tmp_path):
    site.order("1.1.0")
    count = points(site.simulator, tmp_path / "trace")
    with Traffic(site.environment.api_url) as traffic:
        for point in chosen(count):
            job = site.order(f"2.{point}.0")
            killed_and_resumed(site, job, point)
            assert current.live(site.environment).release.version == f"2.{point}.0"
            made = [name for name in site.instances() if f"-2.{point}.0-" in name]
            assert len(made) == 2, (point, made)
            assert list(site.backends().values()).count(False) == 1
    assert traffic.lost == [], traffic.lost[:3]


HEAD = "b3c4d5e6f7a8"


def test_a_migration_survives_a_kill_at_any_point_and_runs_once(site, tmp_path):
    site.order("1.1.0", alembic_head=HEAD)
    count = points(site.simulator, tmp_path / "trace")
    for point in range(4, count // 2, max(1, count // (2 * SAMPLES))):
        job = site.order(f"4.{point}.0", alembic_head=HEAD)
        killed_and_resumed(site, job, point)
        made = ContainerLog.objects.filter(job=job, name="migrate")
        assert made.count() == 1, point
        assert not any(f"-migrate-4.{point}.0-" in name for name in site.instances())


def test_a_change_of_scale_survives_a_kill_at_any_point(site, tmp_path):
    scale(site, 2)
    count = points(site.simulator, tmp_path / "trace")
    with Traffic(site.environment.api_url) as traffic:
        for number, point in enumerate(chosen(count)):
            wanted = 1 if number % 2 == 0 else 2
            killed_and_resumed(site, scale(site, wanted), point)
            live = current.live(site.environment)
            assert len(live.api) == wanted and len(site.backends()) == wanted
            assert len([name for name in site.instances() if "-api-" in name]) == wanted
    assert traffic.lost == [], traffic.lost[:3]


def scale(site, instances):
    """Order so many API instances."""
    site.environment.refresh_from_db()
    there = settings(scaling.now(site.environment, current.live(site.environment)))
    return scaling.scale(
        site.environment,
        site.cast.deployer,
        read({**there, "api_instances": instances}),
        "measured",
    )


def test_a_rollback_survives_a_kill_at_any_point(site, tmp_path):
    assert site.deploy("1.1.0").state == "succeeded"
    rollback.start(site.environment, site.cast.deployer, "measured")
    count = points(site.simulator, tmp_path / "trace")
    with Traffic(site.environment.api_url) as traffic:
        for point in chosen(count):
            Deployment.objects.filter(state="rolled_back").update(
                state="standby"
            )  # back and forth without deploying
            before = current.live(site.environment).release.version
            killed_and_resumed(
                site, rollback.start(site.environment, site.cast.deployer, "measured"), point
            )
            assert current.live(site.environment).release.version != before
            assert sorted(site.backends().values()) == [False, True]
    assert traffic.lost == [], traffic.lost[:3]
