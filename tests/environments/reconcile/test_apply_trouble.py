"""An apply in trouble: each service by itself, limits and rights as what they are, a cancel
that the next plan continues.
"""

from datetime import timedelta

import pytest

from environments import blueprint as blueprint_module
from environments.models import Plan
from environments.reconcile import eventual_consistency, planning
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
    monkeypatch.setattr(eventual_consistency, "LONGEST_WAIT", timedelta(seconds=0.3))
    simulator.fault(
        "error", "create_vault", count=-1, status=404, code="NotAuthorizedOrNotFound", message="no"
    )
    job = ran(ordered(small))
    assert (job.state, job.at_step) == ("failed", "vault")
    assert "after this job made compartment" in job.reason
    assert (
        "OCI still does not know it everywhere" in job.next_step
        and "no right to do this" in job.next_step
    )


NOT_KNOWN = [
    (400, "InvalidParameter", "Invalid tags."),
    (404, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found."),
    (409, "Conflict", "The tag namespace is being changed."),
]


@pytest.mark.parametrize(("status", "code", "message"), NOT_KNOWN)
@pytest.mark.parametrize(
    "operation", ["create_tag_namespace", "create_tag", "create_compartment", "create_group"]
)
def test_what_oci_does_not_know_yet_is_waited_for(
    small, simulator, operation, status, code, message
):
    simulator.fault("unknown", operation, seconds=1.5, status=status, code=code, message=message)
    job = ran(ordered(small))
    assert job.state == "succeeded", (job.at_step, job.reason)


def test_the_simulator_knows_new_names_late_by_itself(small, simulator):
    simulator.control("POST", "/clock", {"scale": 0.05})
    job = ran(ordered(small))
    assert job.state == "succeeded", (job.at_step, job.reason)
    refused = simulator.control("GET", "/journal?status=400")
    assert {row["operation"] for row in refused} & {"create_compartment", "create_tag_default"}


def test_the_wait_is_told_with_what_oci_said_and_until_when(small, simulator):
    simulator.fault("unknown", "create_tag", seconds=60)
    job = ran(ordered(small), timeout=3)
    row = job.step_rows.get(name="compartment")
    assert row.state == "waiting" and "Invalid tags" in row.note
    assert "may not be known yet; trying again until" in row.note


@pytest.fixture
def with_key(small, monkeypatch):
    whole = blueprint_module.blueprint
    monkeypatch.setattr(planning, "blueprint", lambda order: with_needs(whole(order), ["key"]))
    return small


def test_a_vault_whose_endpoint_cannot_be_reached_at_first_is_waited_for(with_key, simulator):
    simulator.fault("unknown", "create_vault", seconds=4)
    job = ran(ordered(with_key))
    assert job.state == "succeeded", (job.at_step, job.reason)
    assert make_plan(with_key, actor=ACTOR).is_empty


def test_the_wait_for_a_vault_outlives_the_attempts_of_a_step(with_key, simulator):
    simulator.fault("unknown", "create_vault", seconds=60)
    job = ran(ordered(with_key), timeout=6)
    row = job.step_rows.get(name="key")
    assert (row.state, row.attempts) == ("waiting", 0)
    assert "could not be reached" in row.note or "failed many times" in row.note


def test_one_conflict_fails_no_apply(small, simulator):
    simulator.fault("error", "create_topic", status=409, code="Conflict", message="Try later.")
    assert ran(ordered(small)).state == "succeeded"


def test_a_conflict_that_stays_fails_it_in_the_words_of_oci(small, simulator, monkeypatch):
    monkeypatch.setattr(eventual_consistency, "LONGEST_WAIT", timedelta(seconds=0.3))
    simulator.fault(
        "error", "create_topic", count=-1, status=409, code="Conflict", message="Try later."
    )
    job = ran(ordered(small))
    assert (job.state, "Try later" in job.reason) == ("failed", True)


def test_a_wrong_value_is_not_waited_for(small, simulator):
    simulator.fault(
        "error", "create_topic", status=400, code="InvalidParameter", message="Too long."
    )
    job = ran(ordered(small))
    assert (job.state, "Too long" in job.reason) == ("failed", True)


def test_the_next_apply_waits_too_for_what_the_last_one_made(small, simulator):
    simulator.fault(
        "error", "create_topic", status=400, code="InvalidParameter", message="Too long."
    )
    assert ran(ordered(small)).state == "failed"
    simulator.fault(
        "error", "create_topic", status=400, code="InvalidParameter", message="Invalid tags."
    )
    job = ran(ordered(small))
    assert job.state == "succeeded", (job.at_step, job.reason)
    assert "compartment" in job.spec["recent"]


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
