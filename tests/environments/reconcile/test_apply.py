"""The whole way in the simulator: plan, apply by the engine, second plan empty; faults,
strangers, changed minds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from environments import blueprint as blueprint_module
from environments import naming
from environments.desired import Difference
from environments.models import Environment, Plan, SecretReference
from environments.reconcile import planning
from environments.reconcile.apply import apply
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.audit.models import Event
from portal.cloud import sdk_clients
from portal.cloud.client import client
from portal.jobs.dispatch import submit
from portal.jobs.runner import run_until_idle
from tests.environments.site import with_needs
from tests.portal.accounts.people import make_cast
from tests.ports import free_port as another_port

ACTOR = "user:dan"


@pytest.fixture
def dev(db, simulator, free_port, settings):
    settings.JOB_SETTLE_SECONDS = 0.1
    make_cast()
    sdk_clients.reset()
    return seed_environments({"dev": free_port})[0]


@pytest.fixture
def small(dev, monkeypatch):
    """dev with a blueprint of nine resources, for what does not depend on how many there are."""
    whole, chosen = blueprint_module.blueprint, ["bucket.uploads", "bucket.exports", "vault"]
    monkeypatch.setattr(planning, "blueprint", lambda order: with_needs(whole(order), chosen))
    return dev


def carried_out(plan, *, times=1):
    job = apply(plan, actor=ACTOR)
    for _ in range(times):
        run_until_idle(hurry=True)
    job.refresh_from_db()
    return job


def applied(environment):
    job = carried_out(make_plan(environment, actor=ACTOR))
    assert job.state == "succeeded", (job.at_step, job.reason)
    return job


def is_settled(plan):
    """Say whether nothing is left but the confirmation that no portal answers here."""
    return [change.key for change in plan.all_changes if change.action != "nothing"] == [
        "subscription"
    ] and not plan.has_work


def test_a_new_environment_is_planned_applied_and_then_left_alone(dev):
    job = applied(dev)
    dev.refresh_from_db()
    again = make_plan(dev, actor=ACTOR)
    assert is_settled(again)
    assert again.counts == {"nothing": len(planning.wanted_of(dev)) - 1, "attention": 1}
    assert dev.resources.count() == len(planning.wanted_of(dev)) > 60
    assert dev.compartment_ocid == dev.ocid("compartment")
    assert dev.api_url == f"http://127.0.0.1:{dev.setting('listener_port')}"
    assert set(SecretReference.objects.values_list("name", "version_number")) == {
        (name, 1) for name in naming.ALL_SECRETS
    }
    assert Plan.objects.get(apply_job=job.pk).state == "applied"
    calls = Event.objects.filter(job=str(job.pk), verb="oci.call")
    assert calls.filter(outcome="admitted").count() == calls.filter(outcome="done").count() > 60
    assert "test-webhook-password" not in str(list(Event.objects.values_list("body", flat=True)))


def test_two_environments_share_the_tag_namespace_and_nothing_else(dev, simulator):
    applied(dev)
    stage = Environment.objects.named("stage")
    stage.settings["listener_port"] = another_port()
    stage.save()
    plan = make_plan(stage, actor=ACTOR)
    assert {change.key for change in plan.with_action("adopt")} == {
        "tag_namespace",
        "tag.project",
        "tag.env",
        "tag.owner",
        "tag.costCenter",
        "group.admins",
        "group.deployers",
        "group.ops-readonly",
    }
    assert carried_out(plan).state == "succeeded"
    assert is_settled(make_plan(stage, actor=ACTOR)) and is_settled(make_plan(dev, actor=ACTOR))


def test_a_change_by_the_oci_command_line_is_shown_by_field_and_put_back(
    small, simulator, tmp_path
):
    applied(small)
    namespace = client().namespace
    by_command_line(
        simulator,
        tmp_path,
        "os",
        "bucket",
        "update",
        "-ns",
        namespace,
        "--name",
        "conceptlens-dev-uploads",
        "--public-access-type",
        "ObjectRead",
    )
    plan = make_plan(small, actor=ACTOR)
    (change,) = plan.with_action("update", "takes away")
    assert change.key == "bucket.uploads"
    assert change.differences == (Difference("publicAccessType", "NoPublicAccess", "ObjectRead"),)
    assert carried_out(plan).state == "succeeded"
    assert make_plan(small, actor=ACTOR).is_empty


def by_command_line(simulator, folder, *words):
    key, config = folder / "key.pem", folder / "config"
    key.write_text(simulator.tenancy["key"])
    names = ("tenancy", "user", "fingerprint", "region")
    config.write_text(
        "\n".join(
            [
                "[DEFAULT]",
                *(f"{name}={simulator.tenancy[name]}" for name in names),
                f"key_file={key}",
            ]
        )
    )
    key.chmod(0o600), config.chmod(0o600)
    command = [str(Path(sys.executable).parent / "oci"), "--endpoint", simulator.endpoint, *words]
    environment = {
        **os.environ,
        "OCI_CLI_CONFIG_FILE": str(config),
        "SUPPRESS_LABEL_WARNING": "True",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_plan_is_stale_when_oci_was_changed_after_it(small, simulator):
    applied(small)
    small.settings["versioned_uploads"] = False
    small.save()
    plan = make_plan(small, actor=ACTOR)
    client().change(
        "object_storage",
        "update_bucket",
        client().namespace,
        "conceptlens-dev-exports",
        {"versioning": "Enabled"},
    )
    job = carried_out(plan)
    assert (job.state, job.at_step) == ("failed", "check")
    assert "stale: OCI was changed after the plan was made. Nothing was done." in job.reason
    assert Plan.objects.get(pk=plan.pk).state == "failed"
    assert {
        change.key for change in make_plan(small, actor=ACTOR).with_action("update", "takes away")
    } == {
        "bucket.uploads",
        "bucket.exports",
    }


FAULTS = [
    ("throttle", "create_vcn", {"count": 2}),
    ("error", "create_subnet", {"count": 2, "status": 503}),
    ("lost", "create_vault", {"count": 1}),
    ("lost", "create_bucket", {"count": 2}),
    ("lost", "add_network_security_group_security_rules", {"count": 1}),
    ("lost", "create_load_balancer", {"count": 1}),
    ("hidden", "get_vault", {"count": 2}),
    (
        "error",
        "list_topics",
        {"count": 2, "skip": 1, "status": 404, "code": "NotAuthorizedOrNotFound"},
    ),
    (
        "error",
        "create_container_repository",
        {"count": 2, "status": 404, "code": "NotAuthorizedOrNotFound"},
    ),
]


def test_it_ends_well_and_makes_one_of_each_under_faults(dev, simulator):
    for kind, operation, more in FAULTS:
        simulator.fault(kind, operation, **more)
    job = carried_out(make_plan(dev, actor=ACTOR), times=8)
    assert job.state == "succeeded", (job.at_step, job.reason)
    simulator.clear_faults()
    assert is_settled(make_plan(dev, actor=ACTOR))
    compartment = Environment.objects.get(pk=dev.pk).compartment_ocid
    for service, listing in (
        ("virtual_network", "list_vcns"),
        ("load_balancer", "list_load_balancers"),
        ("kms_vault", "list_vaults"),
    ):
        assert len(client().pages(service, listing, compartment)) == 1


def test_a_failed_apply_leaves_what_the_next_plan_continues_from(small, simulator):
    simulator.fault(
        "error",
        "create_bucket",
        count=1,
        status=400,
        code="InvalidParameter",
        message="name is wrong",
    )
    job = carried_out(make_plan(small, actor=ACTOR), times=2)
    assert (job.state, job.at_step) == ("failed", "bucket.uploads"), job.reason
    assert "name is wrong" in job.reason and "Correct the value" in job.next_step
    simulator.clear_faults()
    small.refresh_from_db()
    plan = make_plan(small, actor=ACTOR)
    assert (
        "bucket.uploads" in {change.key for change in plan.with_action("create")}
        and len(plan.with_action("nothing")) >= 6
    )
    assert carried_out(plan).state == "succeeded"


def test_a_used_up_limit_parks_the_job_which_goes_on_when_there_is_room(small, simulator, cast):
    simulator.fault(
        "error", "create_vault", status=400, code="LimitExceeded", message="vault-count"
    )
    job = carried_out(make_plan(small, actor=ACTOR))
    assert (job.state, job.at_step) == ("needs_operator", "vault")
    assert "vault-count" in job.reason and "ask for a higher limit" in job.next_step
    simulator.clear_faults()
    job.resume(cast.deployer.actor)
    run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == "succeeded"
    assert make_plan(small, actor=ACTOR).is_empty


def test_a_name_that_a_stranger_takes_after_the_plan_stops_the_step_untouched(small, simulator):
    plan = make_plan(small, actor=ACTOR)
    before = Event.objects.count()
    body = {"compartmentId": simulator.tenancy["tenancy"], "name": "conceptlens-dev-uploads"}
    made = client().change("object_storage", "create_bucket", client().namespace, body).data
    job = carried_out(plan)
    assert job.state == "failed"
    assert Event.objects.count() > before
    now = (
        client()
        .read("object_storage", "get_bucket", client().namespace, "conceptlens-dev-uploads")
        .data
    )
    assert (now["id"], now["freeformTags"]) == (made["id"], made["freeformTags"])
    assert make_plan(small, actor=ACTOR).with_action("refuse")[0].key == "bucket.uploads"


def test_who_lost_the_right_parks_the_job(small, cast):
    plan = make_plan(small, actor=ACTOR)
    job = apply(plan, actor=ACTOR)
    cast.deployer.roles = []
    cast.deployer.save()
    run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == "needs_operator"
    assert "may no longer change dev" in job.reason


def test_plan_and_drift_as_jobs(small):
    applied(small)
    client().change(
        "object_storage",
        "update_bucket",
        client().namespace,
        "conceptlens-dev-exports",
        {"versioning": "Enabled"},
    )
    plan = submit("environments.plan", environment="dev", actor=ACTOR)
    drift = submit("environments.drift", actor="system:schedule")
    run_until_idle(hurry=True)
    plan.refresh_from_db(), drift.refresh_from_db()
    assert (plan.state, drift.state) == ("succeeded", "succeeded"), plan.reason
    assert Plan.objects.get(made_by_job=plan.pk).counts == {"takes away": 1, "nothing": 8}
    report = small.drift_reports.get()
    assert [change["key"] for change in report.changes] == ["bucket.exports"]
    assert report.words == "1 difference"
    found = (
        client()
        .read("object_storage", "get_bucket", client().namespace, "conceptlens-dev-exports")
        .data
    )
    assert found["versioning"] == "Enabled"  # looking changes nothing


def test_drift_that_cannot_look_says_why(small, settings):
    applied(small)
    settings.OCI = {**settings.OCI, "endpoint": "http://127.0.0.1:9"}
    submit("environments.drift", actor="system:schedule")
    run_until_idle(hurry=True)
    report = small.drift_reports.get()
    assert report.words == "unknown"
    assert "could not be reached" in report.problem
