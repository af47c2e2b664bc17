"""What a job leaves in the portal's rows: the traffic decides what is live, however the job
ended.
"""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from portal.jobs.models import Job
from portal.lib.clock import now
from releases.deployment import finish, holds, rollback
from releases.deployment.steps import choose_side
from releases.models import Deployment, SmokeRun
from tests.releases.builders import deployed, requested

pytestmark = pytest.mark.django_db
ADDED = {
    "wait_api_1": {"instance": "j", "address": "10.0.0.2", "backend": "10.0.0.2:8000"},
    "add_backend_1": {"instance": "j", "backend": "10.0.0.2:8000"},
    "start_worker_1": {"instance": "v"},
}
NOTHING = {}
MOVED = {**ADDED, "drain_old": {"backends": ["10.0.0.1:8000"]}}


@pytest.fixture
def old(dev, cast):
    return deployed(dev, cast.deployer, "1.4.0")


def ended(
    dev, cast, state, results, *, undoing=False, reason="The smoke test failed.", undone=NOTHING
):
    """End the deployment of 1.5.0 in a state; return its row."""
    live = Deployment.objects.live().first()
    release = requested(dev, cast.deployer, "1.5.0")
    job = Job.objects.create(
        kind="releases.deploy",
        environment="dev",
        mutating=False,
        title="x",
        actor="user:dan",
        code_version=1,
    )
    release.mark_approved()
    release.mark_deploying(job)
    row = Deployment.objects.create(environment=dev, release=release, previous=live)
    spec = {"release": release.pk, "deployment": row.pk, "plan": release.plan}
    finish.finish_deployment(
        SimpleNamespace(
            state=state, spec=spec, reason=reason, undoing=undoing, results=lambda: undone
        ),
        results,
    )
    row.refresh_from_db()
    return row


def test_a_good_end_makes_it_live_and_keeps_the_old_one(dev, cast, old):
    row = ended(dev, cast, "succeeded", MOVED)
    old.refresh_from_db()
    assert (row.state, old.state, row.release.state) == ("live", "standby", "deployed")
    assert row.api == [{"instance": "j", "backend": "10.0.0.2:8000"}] and row.workers == ["v"]


def test_what_was_undone_leaves_the_old_one_live(dev, cast, old):
    row = ended(dev, cast, "compensated", {**MOVED, "undrain_old": {"backends": []}}, undoing=True)
    old.refresh_from_db()
    assert (row.state, old.state, row.release.state) == ("failed", "live", "failed")
    assert row.release.reason == "The smoke test failed. The traffic is on 1.4.0."


def test_a_job_given_up_after_the_traffic_moved_shows_what_really_is_live(dev, cast, old):
    row = ended(dev, cast, "failed", MOVED)
    assert (row.state, row.release.state) == ("live", "failed")
    assert "the traffic is on 1.5.0, which did not pass its test" in row.release.reason
    assert rollback.verdict(dev).kind == "instant" and rollback.verdict(dev).target == old


def test_a_job_given_up_half_way_says_that_nobody_knows(dev, cast, old):
    row = ended(dev, cast, "failed", {**ADDED, "drain_old": {"begun": True}})
    old.refresh_from_db()
    assert (row.state, old.state) == (
        "failed",
        "live",
    ) and "more than one release may have traffic" in row.release.reason


def test_a_job_that_ended_before_it_made_anything_says_where_the_traffic_is(dev, cast, old):
    row = ended(dev, cast, "cancelled", {}, reason="")
    assert row.release.reason == "The job was cancelled. The traffic is on 1.4.0."


def test_a_first_release_that_failed_leaves_nothing_live(dev, cast):
    row = ended(dev, cast, "compensated", ADDED, undoing=True)
    assert (
        "there was no release before" in row.release.reason
        and not Deployment.objects.live().exists()
    )


def test_removed_instances_are_retired(dev, cast, old):
    older = deployed(dev, cast.deployer, "1.3.0", state=Deployment.State.STANDBY)
    ended(dev, cast, "succeeded", {**MOVED, "clean_up": {"removed": [older.pk]}})
    older.refresh_from_db()
    assert older.state == "retired"


def instant(dev, cast, state, results):
    old = deployed(dev, cast.deployer, "1.4.0", state=Deployment.State.STANDBY)
    new = deployed(dev, cast.deployer, "1.5.0")
    spec = {
        "mode": "instant",
        "from": new.instances().as_json(),
        "to": old.instances().as_json(),
        "reason": "slow",
    }
    job = Job.objects.create(
        kind="releases.rollback",
        environment="dev",
        mutating=False,
        title="x",
        actor="user:dan",
        code_version=1,
    )
    job.state, job.spec = state, spec
    finish.finish_rollback(job, results)
    return [Deployment.objects.get(pk=one.pk).state for one in (old, new)]


def test_a_rollback_makes_the_kept_one_live(dev, cast):
    assert instant(dev, cast, "succeeded", {"drain_new": {"backends": []}}) == [
        "live",
        "rolled_back",
    ]


def test_a_rollback_given_up_after_the_traffic_moved_counts(dev, cast):
    assert instant(dev, cast, "failed", {"drain_new": {"backends": []}}) == ["live", "rolled_back"]


@pytest.mark.parametrize("state", ["compensated", "cancelled", "failed"])
def test_a_rollback_that_did_not_move_the_traffic_changes_nothing(dev, cast, state):
    assert instant(dev, cast, state, {"undrain_old": {"backends": []}}) == ["standby", "live"]


def test_only_one_deployment_of_an_environment_is_live(dev, cast, old):
    with pytest.raises(IntegrityError, match="one_live_deployment"), transaction.atomic():
        deployed(dev, cast.deployer, "1.5.0")


def test_a_rollback_holds_the_environment(dev, cast):
    instant(dev, cast, "succeeded", {"drain_new": {"backends": []}})
    held = holds.of(dev)
    assert held.reason == "1.5.0 was rolled back to 1.4.0: slow." and held.warning == ""


def test_a_rollback_whose_smoke_test_failed_says_so(dev, cast):
    run = SmokeRun.objects.create(
        environment=dev, passed=False, words="status 500", results=[], started_at=now()
    )
    instant(
        dev,
        cast,
        "succeeded",
        {"drain_new": {"backends": []}, "smoke": {"run": run.pk, "passed": False}},
    )
    assert "The smoke test after the rollback failed: status 500" in holds.of(dev).warning


def test_a_rollback_that_changed_nothing_holds_nothing(dev, cast):
    instant(dev, cast, "compensated", {"undrain_old": {"backends": []}})
    assert holds.of(dev) is None


def test_traffic_that_stays_for_a_one_way_migration_makes_the_new_one_live(dev, cast, old):
    kept = {choose_side.RESULT: {"keep": "new", "words": "The traffic stays on 1.5.0."}}
    row = ended(dev, cast, "compensated", MOVED, undoing=True, undone=kept)
    old.refresh_from_db()
    assert (row.state, old.state, row.release.state) == ("live", "standby", "failed")
    assert row.release.reason == "The smoke test failed. The traffic stays on 1.5.0."


def test_the_verdict_is_kept_as_it_was_when_it_went_live(dev, cast, old):
    row = ended(dev, cast, "succeeded", MOVED)
    assert row.verdict == {
        "kind": "instant",
        "words": "1.4.0 still runs beside 1.5.0: only the traffic has to move.",
    }
