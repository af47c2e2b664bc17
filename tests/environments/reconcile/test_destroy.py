"""Taking an environment down in the simulator: by a plan, with a second person, and building
it again afterwards.
"""

import pytest

from environments import blueprint as blueprint_module
from environments.models import Environment, Plan
from environments.reconcile import apply, planning
from environments.reconcile.destroy import approve, destroy, make_destroy_plan
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.audit.models import Event
from portal.cloud import sdk_clients
from portal.cloud.client import client
from portal.jobs.runner import run_until_idle
from portal.lib.refusal import Refused
from tests.environments.site import with_needs

ACTOR = "user:ada"
KEYS = [
    "bucket.uploads",
    "lifecycle.uploads",
    "secret.OPENAI_API_KEY",
    "subnet.private",
    "listener.api",
    "topic",
]


@pytest.fixture
def small(db, simulator, free_port, settings, monkeypatch, cast):
    settings.JOB_SETTLE_SECONDS = 0.1
    sdk_clients.reset()
    whole = blueprint_module.blueprint
    monkeypatch.setattr(planning, "blueprint", lambda order: with_needs(whole(order), KEYS))
    return seed_environments({"dev": free_port})[0]


def done(job):
    run_until_idle(hurry=True)
    job.refresh_from_db()
    return job


def built(environment):
    job = done(apply.apply(make_plan(environment, actor=ACTOR), actor=ACTOR))
    assert job.state == "succeeded", (job.at_step, job.reason)
    environment.refresh_from_db()


def torn(environment, cast, *, empty=False):
    plan = make_destroy_plan(environment, requester=cast.admin, empty=empty, actor=ACTOR)
    return plan, done(destroy(plan, actor=ACTOR))


def put(name, *, bucket="conceptlens-dev-uploads"):
    client().change("object_storage", "put_object", client().namespace, bucket, name, b"content")


def test_it_goes_in_reverse_and_can_be_built_again(small, cast):
    built(small)
    plan, job = torn(small, cast)
    assert job.state == "succeeded", (job.at_step, job.reason)
    actions = {change["key"]: change["action"] for change in plan.changes}
    assert actions["compartment"] == actions["tag_namespace"] == "keep"
    assert actions["vault"] == actions["key"] == actions["secret.OPENAI_API_KEY"] == "schedule"
    assert (
        actions["vcn"]
        == actions["bucket.uploads"]
        == actions["load_balancer"]
        == actions["listener.api"]
        == "delete"
    )
    small.refresh_from_db()
    assert small.compartment_ocid == "" and Plan.objects.get(pk=plan.pk).state == "applied"
    left = dict(small.resources.values_list("key", "state"))
    assert left == {
        "compartment": "ACTIVE",
        **dict.fromkeys(["vault", "key", "secret.OPENAI_API_KEY"], "PENDING_DELETION"),
    }
    assert not small.secrets.exists()
    compartment = small.resources.get(key="compartment").ocid
    assert {
        one["lifecycleState"] for one in client().pages("virtual_network", "list_vcns", compartment)
    } <= {"TERMINATED"}
    assert (
        Event.objects.filter(verb="environment.destroy_requested", environment="dev").count() == 1
    )

    again = make_plan(small, actor=ACTOR)
    assert not again.with_action("refuse")
    waiting = {change.key: change.reason for change in again.with_action("update")}
    assert set(waiting) == {"vault", "key", "secret.OPENAI_API_KEY"}
    assert "deletion is scheduled for 20" in waiting["vault"]
    assert done(apply.apply(again, actor=ACTOR)).state == "succeeded"
    small.refresh_from_db()
    assert small.compartment_ocid == compartment and small.secrets.count() == 1
    assert make_plan(small, actor=ACTOR).is_empty


def test_a_bucket_that_holds_something_is_emptied_only_when_that_was_chosen(small, cast):
    built(small)
    put("a"), put("a"), put("b/c")
    refused = make_destroy_plan(small, requester=cast.admin, empty=False, actor=ACTOR)
    (why,) = refused.with_action("refuse")
    assert why.key == "bucket.uploads" and "It is not empty" in why.reason
    with pytest.raises(Refused, match=r"bucket\.uploads"):
        destroy(refused, actor=ACTOR)
    plan, job = torn(small, cast, empty=True)
    assert (
        "its contents are lost"
        in next(change for change in plan.changes if change["key"] == "bucket.uploads")["reason"]
    )
    assert job.state == "succeeded", (job.at_step, job.reason)
    assert not small.resources.filter(key="bucket.uploads").exists()


def test_a_cancelled_one_is_continued_by_the_next_plan(small, cast):
    built(small)
    job = destroy(
        make_destroy_plan(small, requester=cast.admin, empty=False, actor=ACTOR), actor=ACTOR
    )
    job.request_cancel("user:ada")
    assert done(job).state == "cancelled"
    small.refresh_from_db()
    assert small.compartment_ocid and make_plan(small, actor=ACTOR).is_empty
    assert torn(small, cast)[1].state == "succeeded"


def test_it_survives_lost_answers_and_throttling(small, cast, simulator):
    built(small)
    for fault, operation in (
        ("lost", "delete_vcn"),
        ("lost", "delete_bucket"),
        ("throttle", "delete_subnet"),
    ):
        simulator.fault(fault, operation, count=1)
    simulator.fault("lost", "schedule_vault_deletion", count=1)
    plan = make_destroy_plan(small, requester=cast.admin, empty=False, actor=ACTOR)
    job = destroy(plan, actor=ACTOR)
    for _ in range(4):
        done(job)
    assert job.state == "succeeded", (job.at_step, job.reason)


def test_running_containers_are_named_and_stop_it(small, cast, simulator, monkeypatch):
    built(small)
    living = {"displayName": "conceptlens-dev-api-1.4.0-1", "lifecycleState": "ACTIVE"}
    dead = {"displayName": "old", "lifecycleState": "DELETED"}
    monkeypatch.setattr(
        "portal.cloud.client.CloudClient.pages",
        lambda *args, **more: [living, dead] if "container" in args[1] else [],
    )
    plan = make_destroy_plan(small, requester=cast.admin, empty=False, actor=ACTOR)
    (refusal,) = plan.with_action("refuse")
    assert "conceptlens-dev-api-1.4.0-1" in refusal.reason and "old" not in refusal.reason
    with pytest.raises(Refused, match="Containers of releases still exist"):
        destroy(plan, actor=ACTOR)


def test_stage_takes_a_second_person(small, cast):
    stage = Environment.objects.named("stage")
    plan = make_destroy_plan(stage, requester=cast.admin, empty=False, actor=ACTOR)
    assert plan.needed == 1
    with pytest.raises(Refused, match="0 of 1 agreements"):
        destroy(plan, actor=ACTOR)
    approve(plan, cast.deployer, digest=plan.digest)
    assert plan.agreed == 1
