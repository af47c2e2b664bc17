"""Releases on the simulated cloud: one takes over from another, gives back, and a bad one
undoes itself.
"""

import base64
from types import SimpleNamespace

import pytest
from django.db import connection, connections
from django.test import override_settings

from portal.audit.verbs import Verb
from portal.cloud.client import client
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from portal.lib.refusal import Invalid
from releases import current
from releases.approvals.tally import tally
from releases.deployment import in_flight, rollback, wait_override
from releases.deployment.in_flight import ComputeRun
from releases.models import ContainerLog, Deployment, Release, SmokeRun
from releases.requests.create import request
from releases.smoke import probe
from tests.committed import _wipe
from tests.releases.site import build, noted, run
from tests.releases.traffic import Traffic


@pytest.fixture(scope="module")
def at_1_4_0(_pristine, django_db_blocker, simulator_process):
    """One environment for all these tests, with 1.4.0 live; each test leaves the traffic there."""
    with django_db_blocker.unblock(), override_settings(OCI=simulator_process.settings):
        simulator_process.reset()
        try:
            site = build(simulator_process)
            job = site.deploy("1.4.0")
            assert job.state == "succeeded", noted(job)
            yield site
        finally:
            connections.close_all()
            _wipe(_pristine)


@pytest.fixture
def site(at_1_4_0, db):
    """Return the environment; what a test writes to the database is rolled back."""
    at_1_4_0.simulator.clear_faults()
    return at_1_4_0


def live(site):
    return current.live(site.environment).release.version


def test_a_release_takes_over_and_gives_back_without_losing_a_request(site):
    with Traffic(site.environment.api_url) as traffic:
        job = site.deploy("1.5.0")
        assert job.state == "succeeded", noted(job)
        assert live(site) == "1.5.0" and sorted(site.backends().values()) == [False, True]
        found = rollback.verdict(site.environment)
        assert (found.kind, found.target.release.version) == ("instant", "1.4.0")
        asked = len(site.simulator.journal())
        job = site.roll_back("1.5.0 is slow")
        assert job.state == "succeeded", noted(job)
    assert traffic.lost == [] and traffic.sent > 50
    assert live(site) == "1.4.0"
    states = dict(Deployment.objects.values_list("release__version", "state"))
    assert states == {"1.4.0": "live", "1.5.0": "rolled_back"}
    by_the_portal = [
        call["operation"]
        for call in site.simulator.journal()[asked:]
        # containers read their secrets at their own time
        if "PythonSDK" in call["agent"] and call["operation"] != "get_secret_bundle"
    ]
    assert by_the_portal[0] == "update_backend"  # the very first call moves traffic
    assert rollback.verdict(site.environment).kind == "none"


def test_a_quick_rollback_starts_the_old_images_anew_and_cleans_up_what_stood_idle(site):
    stage = build(site.simulator, "stage")
    stage.push("1.4.9")
    old = stage.request("1.4.9")
    Deployment.objects.create(
        environment=stage.environment, release=old, state="retired", live_at=now()
    )
    for version in ("1.5.0", "1.6.0"):
        job = stage.deploy(version)
        assert job.state == "succeeded", noted(job)
    Deployment.objects.filter(release__version="1.5.0").update(state="rolled_back")
    found = rollback.verdict(stage.environment)
    assert (found.kind, found.target.release) == ("quick", old)
    job = stage.roll_back()
    assert job.state == "succeeded", noted(job)
    states = list(
        Deployment.objects.filter(environment=stage.environment)
        .order_by("id")
        .values_list("release__version", "state")
    )
    assert states == [
        ("1.4.9", "retired"),
        ("1.5.0", "retired"),
        ("1.6.0", "rolled_back"),
        ("1.4.9", "live"),
    ]
    assert not any("1.5.0" in name for name in stage.instances())
    assert sorted(stage.backends().values()) == [False, True]


def test_a_release_that_answers_500_undoes_itself(site, audited):
    job = site.deploy("2.0.0-errors")
    assert job.state == "compensated", noted(job)
    release = Release.objects.first()
    assert release.state == "failed" and live(site) != "2.0.0-errors"
    assert (
        "With a small share of the traffic on 2.0.0-errors, /api/v1/courses answers 500"
        in release.reason
    )
    assert "The traffic is on 1.4.0" in release.reason
    assert list(site.backends().values()).count(False) == 1
    assert not any("2.0.0-errors" in name for name in site.instances())
    assert not SmokeRun.objects.filter(
        deployment__release=release
    ).exists()  # it never had the traffic
    kept = ContainerLog.objects.filter(deployment__release=release, name="api").get()
    assert (
        "broken on purpose: behaviour 'errors'" in kept.text
    )  # what it wrote outlives its instance
    with Traffic(site.environment.api_url) as traffic:
        assert probe.run_test(
            site.environment, client(), job=job, origin=SmokeRun.Origin.BUTTON
        ).passed
    assert traffic.lost == []


def test_a_release_that_crashes_never_gets_traffic(site):
    with Traffic(site.environment.api_url) as traffic:
        job = site.deploy("2.1.0-crash")
    assert job.state == "compensated", noted(job)
    assert traffic.lost == []
    assert "ends as soon as it starts (exit code 1" in Release.objects.first().reason
    assert not any("2.1.0-crash" in name for name in site.instances())


def test_a_job_parked_after_the_traffic_moved_gives_it_back_when_it_is_cancelled(site, monkeypatch):
    real = probe.run_test

    def lose_the_right(*args, **kwargs):
        monkeypatch.setattr(
            Release, "tally", lambda release: tally(needed=1, digest="", requester="", votes=[])
        )
        return real(*args, **kwargs)

    monkeypatch.setattr(probe, "run_test", lose_the_right)
    with Traffic(site.environment.api_url) as traffic:
        job = site.deploy("2.2.0")
        assert job.state == "needs_operator" and "0 of 1 approvals" in job.reason
        job.request_cancel("user:dan")
        run(job)
    assert job.state == "compensated", noted(job)
    assert traffic.lost == [] and live(site) == "1.4.0"
    assert not any("2.2.0" in name for name in site.instances())
    assert Release.objects.first().state == "failed"


def test_faults_of_oci_are_lived_through_with_one_of_each(site):
    site.simulator.fault("lost", "create_container_instance", count=2)
    site.simulator.fault("throttle", "create_backend", count=1)
    site.simulator.fault("error", "update_backend", status=409, code="IncorrectState", count=2)
    site.simulator.fault("error", "get_backend_health", count=1)
    site.simulator.fault("lost", "update_backend", count=1, skip=2)
    job = site.deploy("2.3.0")
    assert job.state == "succeeded", noted(job)
    assert len([name for name in site.instances() if "2.3.0" in name]) == 2
    assert site.roll_back().state == "succeeded" and live(site) == "1.4.0"


def test_an_approver_who_lost_the_right_stops_the_job_before_its_next_call(site):
    type(site.environment).objects.update(
        settings={**site.environment.settings, "approvals_needed": 1}
    )
    site.environment.refresh_from_db()
    job = site.order("2.4.0")
    site.cast.other_deployer.roles = []
    site.cast.other_deployer.save()
    try:
        run(job)
        assert job.state == "needs_operator" and "has 0 of 1 approvals" in job.reason
        assert not any("2.4.0" in name for name in site.instances())
    finally:
        site.cast.other_deployer.roles = ["conceptlens-deployers"]
        site.environment.settings.pop("approvals_needed")


def test_an_image_deleted_between_approval_and_dispatch_stops_before_anything_is_made(site):
    job = site.order("2.5.0")
    found = next(
        one
        for one in client().pages(
            "artifacts", "list_container_images", site.environment.ocid("compartment")
        )
        if one["repositoryName"].endswith("/api") and one["version"] == "2.5.0"
    )
    client().change("artifacts", "delete_container_image", found["id"])
    run(job)
    assert job.state in ("failed", "compensated"), noted(job)
    assert "no longer exists. Nothing was changed" in Release.objects.first().reason
    assert not any("2.5.0" in name for name in site.instances())


def ask(site, **digests):
    return request(
        site.environment, site.cast.deployer, version="2.6.0", git_sha="abcdef1", **digests
    )


def test_a_digest_that_is_not_in_the_repository_is_refused_by_naming_what_is(site):
    site.push("2.6.0")
    good = site.digest("worker", "2.6.0")
    with pytest.raises(
        Invalid, match=r"is not in conceptlens-dev/api; there is .*2\.6\.0 \(sha256:"
    ):
        ask(site, api_digest="sha256:" + "0" * 64, worker_digest=good)
    assert not Release.objects.filter(version="2.6.0").exists()


def test_the_smoke_test_runs_on_the_button_and_keeps_each_step(site, audited):
    job = run(probe.start(site.environment, site.cast.deployer))
    assert job.state == "succeeded", noted(job)
    kept = SmokeRun.objects.get(job=job)
    assert kept.passed and kept.words.endswith("steps passed")
    assert (
        all(result["state"] in ("passed", "skipped") for result in kept.results)
        and kept.results[0]["status"] == 200
    )
    assert [row[1] for row in audited(Verb.SECRET_READ)][-2:] == ["done", "done"]


def test_no_secret_value_is_in_the_database(site):
    run(probe.start(site.environment, site.cast.deployer))
    for secret in site.environment.secrets.all():
        content = (
            client()
            .read("secrets", "get_secret_bundle", secret.secret_ocid)
            .data["secretBundleContent"]["content"]
        )
        for sentinel in (content, base64.b64decode(content).decode()):
            assert tables_with(sentinel) == []


TABLES = """
SELECT tablename FROM pg_tables
WHERE schemaname = 'public' AND (
    tablename LIKE 'releases_%' OR tablename LIKE 'jobs_%' OR tablename LIKE 'audit_%')
"""


def tables_with(text):
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [row[0] for row in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(
                f'SELECT 1 FROM "{name}" AS row WHERE row::text LIKE %s LIMIT 1', [f"%{text}%"]
            )
            found += [name] if cursor.fetchone() else []
    assert len(names) > 8
    return found


def fail_the_smoke_test(monkeypatch):
    """Let the test of the moved traffic find something, as an expectation would that the
    release does not meet.
    """
    monkeypatch.setattr(
        probe,
        "run_test",
        lambda *args, **kwargs: SimpleNamespace(pk=0, passed=False, words="dashboard: empty"),
    )


def test_a_release_that_fails_its_smoke_test_gives_the_traffic_back(site, monkeypatch):
    fail_the_smoke_test(monkeypatch)
    with Traffic(site.environment.api_url) as traffic:
        job = site.deploy("2.7.0")
    assert job.state == "compensated", noted(job)
    assert traffic.lost == [] and live(site) == "1.4.0"
    assert "The smoke test failed: dashboard: empty" in Release.objects.first().reason


@pytest.fixture
def migrated(site):
    """Return an environment of its own with a schema: what leads one way cannot be taken back
    for the next test.
    """
    prod = build(site.simulator, "prod", database=True)
    prod.environment.settings |= {"approvals_needed": 0, "api_instances": 1, "worker_instances": 1}
    prod.environment.save()
    job = prod.deploy("1.4.0", alembic_head="b3c4d5e6f7a8")
    assert job.state == "succeeded", noted(job)
    return prod


def test_migrations_that_fail_change_nothing_and_those_that_lead_one_way_block_the_way_back(
    migrated, monkeypatch
):
    first = current.live(migrated.environment)
    assert (
        first.migration["after"] == "b3c4d5e6f7a8"
        and len(first.migration["ran"]) == 3
        and first.one_way == ""
    )

    job = migrated.deploy("1.5.0-failmigration", alembic_head="d5e6f7a8b9c0")
    assert job.state == "compensated", noted(job)
    reason = Release.objects.first().reason
    assert (
        "failed with code 1; the database is at b3c4d5e6f7a8" in reason
        and "The traffic is on 1.4.0" in reason
    )
    assert "broken on purpose" in ContainerLog.objects.get(job=job).text
    assert not any("1.5.0" in name for name in migrated.instances())

    fail_the_smoke_test(monkeypatch)
    with Traffic(migrated.environment.api_url) as traffic:
        job = migrated.deploy("2.0.0-oneway", alembic_head="c4d5e6f7a8b9")
    assert job.state == "compensated", noted(job)
    assert traffic.lost == []
    found = rollback.verdict(migrated.environment)
    assert (found.kind, found.live.release.version) == ("blocked", "2.0.0-oneway")
    assert "one-way migration c4d5e6f7a8b9 ran: 1.4.0 may not work" in found.words
    assert "the traffic stays on 2.0.0-oneway" in Release.objects.first().reason
    assert list(migrated.backends().values()).count(False) == 1


def test_old_workers_are_waited_for_while_they_compute_until_somebody_says_otherwise(
    site, monkeypatch
):
    monkeypatch.setattr(
        in_flight.RunList,
        "read",
        lambda look, at: ([ComputeRun("exam", "0123456789", "running", at)], []),
    )
    job = site.order("2.8.0")
    run_until_idle(timeout=10)  # without hurry: until a wait is longer than that
    row = wait_override.held_up(job)
    assert row.note == "run 01234567 of exam exam (running for 0 min) in progress"
    assert (
        live(site) == "1.4.0" and list(site.backends().values()).count(False) == 1
    )  # the traffic has moved and is tested
    wait_override.override(job, site.cast.deployer, "the exam is a test")
    run(job)
    assert job.state == "succeeded", noted(job)
    assert job.step_rows.get(name="stop_old_workers").result["cut_off"].endswith("in progress")
    assert site.roll_back().state == "succeeded"
