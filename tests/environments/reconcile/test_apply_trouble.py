"""An apply in trouble: each service by itself, limits and rights as what they are, a cancel
that the next plan continues.
"""

import pytest

from environments import blueprint as blueprint_module
from environments.models import Plan
from environments.reconcile import converge, planning
from environments.reconcile.apply import apply
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.cloud import sdk_clients
from portal.jobs.runner import run_until_idle
from tests.environments.site import with_needs

ACTOR = "user:ada"


@pytest.fixture
def small(db, simulator, settings, monkeypatch, cast):
    settings.JOB_SETTLE_SECONDS = 0.1
    sdk_clients.reset()
    whole = blueprint_module.blueprint
    monkeypatch.setattr(
        planning,
        "blueprint",
        lambda order: with_needs(whole(order), ["bucket.uploads", "vault", "topic"]),
    )
    return seed_environments()[0]


def ordered(environment):
    return apply(make_plan(environment, actor=ACTOR), actor=ACTOR)


def ran(job, **more):
    run_until_idle(hurry=True, **more)
    job.refresh_from_db()
    return job


def states(job):
    return dict(job.step_rows.values_list("name", "state"))


def test_one_throttled_service_does_not_stop_the_others(small, simulator):
    simulator.fault("throttle", "create_topic", count=1000)
    job = ran(ordered(small), timeout=3)
    found = states(job)
    assert found.pop("topic") == "waiting" and set(found.values()) == {"done"}
    assert "tries again" in job.step_rows.get(name="topic").note
    simulator.clear_faults()
    sdk_clients.reset()  # and the pause that the service asked for
    assert ran(job).state == "succeeded"
    assert make_plan(small, actor=ACTOR).is_empty


TROUBLE = [
    (
        "create_vault",
        400,
        "QuotaExceeded",
        "vault quota",
        "needs_operator",
        "This quota is your own",
    ),
    (
        "create_vault",
        500,
        "InternalError",
        "Out of host capacity",
        "needs_operator",
        "no free hardware",
    ),
    (
        "create_bucket",
        409,
        "NotAuthorizedOrResourceAlreadyExists",
        "uploads",
        "failed",
        "Bucket names are unique",
    ),
    ("create_bucket", 409, "BucketAlreadyExists", "uploads", "failed", "Bucket names are unique"),
    ("create_topic", 409, "ResourceLocked", "locked", "failed", "Have the lock removed"),
]


@pytest.mark.parametrize(("operation", "status", "code", "said", "state", "advice"), TROUBLE)
def test_trouble_is_shown_as_what_it_is_with_the_next_action(
    small, simulator, client, cast, operation, status, code, said, state, advice
):
    simulator.fault("error", operation, status=status, code=code, message=said)
    job = ran(ordered(small))
    assert (job.state, said in job.reason, advice in job.next_step) == (state, True, True), (
        job.reason,
        job.next_step,
    )
    simulator.clear_faults()
    left = make_plan(small, actor=ACTOR)
    assert job.at_step in {
        change.key for change in left.with_action("create")
    } and left.with_action("nothing", "adopt")


def test_rights_that_never_come_end_in_words_with_both_causes(small, simulator, monkeypatch):
    monkeypatch.setattr(converge, "HIDDEN_POLLS", 3)
    simulator.fault(
        "error", "create_vault", count=99, status=404, code="NotAuthorizedOrNotFound", message="no"
    )
    job = ran(ordered(small))
    assert (job.state, job.at_step) == ("failed", "vault")
    assert "after this job made compartment" in job.reason
    assert (
        "OCI still does not know it everywhere" in job.next_step
        and "no right to do this" in job.next_step
    )


def test_a_cancelled_apply_is_continued_by_the_next_plan(small, simulator):
    simulator.fault("throttle", "create_topic", count=1000)
    job = ran(ordered(small), timeout=2)
    job.request_cancel(ACTOR)
    assert ran(job).state == "cancelled"
    assert Plan.objects.get(apply_job=job.pk).state == "failed"
    simulator.clear_faults()
    sdk_clients.reset()
    left = make_plan(small, actor=ACTOR)
    assert left.counts["create"] == 1 and left.with_action("create")[0].key == "topic"
    assert ran(apply(left, actor=ACTOR)).state == "succeeded"
    assert make_plan(small, actor=ACTOR).is_empty
