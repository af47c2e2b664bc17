"""What the REST API does: the same acts, refusals and rows as the pages."""

import json

import pytest
from django.test import Client

from environments.jobs.plans import Apply
from environments.models import Plan, PlanState
from environments.reconcile.destroy import make_destroy_plan
from environments.reconcile.planning import make_plan
from portal.api.models import ApiToken
from portal.audit.models import Event
from portal.cloud.errors import BadRequest, Throttled
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.refusal import Refused
from releases.models import Deployment, Release
from runbooks.models import Incident
from tests.environments.build import built
from tests.portal.accounts.people import sign_in
from tests.portal.api.conftest import error
from tests.releases.builders import deployed, image, provisioned, requested

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cloudless(monkeypatch):
    monkeypatch.setattr(
        "environments.reconcile.planning.require_subscribed", lambda environment, cloud: None
    )
    monkeypatch.setattr("environments.reconcile.planning.observe", lambda client, wanted, ocids: {})
    monkeypatch.setattr(
        "releases.deployment.images.find",
        lambda environment, role, digest: image(environment, role, "1.4.0"),
    )


def last(verb):
    row = Event.objects.filter(verb=verb).latest("id")
    return row.actor, row.outcome, row.subject


# --- plans -----------------------------------------------------------------------------
def test_planning_starts_one_job_however_often_it_is_asked(api, cast):
    provisioned("dev")
    deployer = api(cast.deployer)
    first, second = (
        deployer.post("environments/dev/plans/", key="k"),
        deployer.post("environments/dev/plans/", key="k"),
    )
    assert first.status_code == second.status_code == 202 and first.json() == second.json()
    assert deployer.post("environments/dev/plans/").json()["id"] == first.json()["id"]
    assert Job.objects.count() == 1 and last("job.submitted")[0] == "token:dan/test"


@pytest.mark.parametrize("who", ["readonly", "auditor"])
def test_planning_takes_the_role(api, cast, who):
    provisioned("dev")
    error(api(getattr(cast, who)).post("environments/dev/plans/"), 403)
    assert last("environment.planned")[1] == "refused" and not Job.objects.exists()


def test_a_token_that_only_reads_changes_nothing(api, cast):
    provisioned("dev")
    error(api(cast.admin, ["read", "audit"]).post("environments/dev/plans/"), 403)


def test_applying_takes_the_digest_that_was_read_and_happens_once(api, cast):
    plan = make_plan(provisioned("dev"), actor="user:dan")
    deployer, path = api(cast.deployer), f"plans/{plan.pk}/apply"
    assert "digest is 'other'" in error(deployer.post(path, {"digest": "other"}), 400)["message"]
    answer = deployer.post(path, {"digest": plan.digest}, key="k")
    assert answer.status_code == 202 and Plan.objects.get().state == PlanState.APPLYING
    assert deployer.post(path, {"digest": plan.digest}, key="k").json() == answer.json()
    told = error(deployer.post(path, {"digest": plan.digest}), 409)
    assert told["code"] == "refused" and "used already" in told["message"] and told["next_step"]
    assert last("environment.apply_requested") == ("token:dan/test", "refused", f"plan:{plan.pk}")


def test_applying_to_a_protected_environment_takes_an_admin_who_names_it(api, cast):
    plan = make_plan(provisioned("prod", protected=True), actor="user:dan")
    path = f"plans/{plan.pk}/apply"
    error(api(cast.deployer).post(path, {"digest": plan.digest, "environment": "prod"}), 403)
    admin = api(cast.admin)
    assert "name it to confirm" in error(admin.post(path, {"digest": plan.digest}), 400)["message"]
    assert admin.post(path, {"digest": plan.digest, "environment": "prod"}).status_code == 202


def test_taking_down_stage_takes_a_plan_a_second_person_and_the_name(api, cast, monkeypatch):
    monkeypatch.setattr(
        "environments.reconcile.destroy.observe", lambda client, wanted, ocids: built(wanted)[0]
    )
    monkeypatch.setattr("environments.reconcile.destroy._running", lambda client, compartment: [])
    monkeypatch.setattr(
        "environments.reconcile.destroy._count_contents", lambda there, wanted, observed: {}
    )
    provisioned("stage")
    admin, deployer, order = api(cast.admin), api(cast.deployer), {"kind": "destroy"}
    error(deployer.post("environments/stage/plans/", order), 403)
    job = Job.objects.get(pk=admin.post("environments/stage/plans/", order).json()["id"])
    assert job.spec == {"destroy": True, "empty": False, "requester": cast.admin.pk}
    run_until_idle(hurry=True)
    plan = Plan.objects.get(made_by_job=job.pk)
    act, agreement = {"digest": plan.digest, "environment": "stage"}, {"digest": plan.digest}
    assert "0 of 1 agreements" in error(admin.post(f"plans/{plan.pk}/apply", act), 409)["message"]
    error(admin.post(f"plans/{plan.pk}/approve", agreement), 403)
    error(deployer.post(f"plans/{plan.pk}/approve", {"digest": "other"}), 409)
    for _ in range(2):  # twice is once
        assert deployer.post(f"plans/{plan.pk}/approve", agreement).status_code == 200
    assert (
        last("environment.plan_approved") == ("token:dan/test", "done", f"plan:{plan.pk}")
        and plan.approvals.count() == 1
    )
    error(deployer.post(f"plans/{plan.pk}/apply", act), 403)
    assert (
        "name it to confirm"
        in error(admin.post(f"plans/{plan.pk}/apply", agreement), 400)["message"]
    )
    assert admin.post(f"plans/{plan.pk}/apply", act).json()["kind"] == "environments.destroy"
    assert last("environment.destroy_requested")[0] == "token:ada/test"


# --- releases --------------------------------------------------------------------------
def order(**changes):
    sha = "sha256:" + "a" * 64
    wanted = {
        "environment": "stage",
        "version": "1.4.0",
        "git_sha": "a" * 40,
        "api_digest": sha,
        "worker_digest": sha,
    }
    return {**wanted, **changes}


def test_requesting_a_release_once(api, cast):
    provisioned("stage")
    deployer = api(cast.deployer)
    first = deployer.post("releases/", order(), key="k")
    assert (
        first.status_code == 201
        and first.json()["requested_by"] == "dan"
        and first.json()["state"] == "requested"
    )
    assert (
        deployer.post("releases/", order(), key="k").json() == first.json()
        and Release.objects.count() == 1
    )
    assert error(deployer.post("releases/", order(version="2"), key="k"), 409)["code"] == "refused"
    assert last("release.requested")[0] == "token:dan/test"


@pytest.mark.parametrize(
    "change",
    [
        {"environment": "mars"},
        {"version": "-"},
        {"git_sha": "xyz"},
        {"version": ""},
        {"git_sha": None},
    ],
)
def test_a_request_that_cannot_be_used_is_refused_by_field(api, cast, change):
    provisioned("stage")
    error(
        api(cast.deployer).post("releases/", order(**change)),
        404 if "environment" in change else 400,
    )
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("trouble", "status"), [(Throttled("Too many requests."), 503), (BadRequest("No."), 502)]
)
def test_trouble_in_the_cloud_is_told_in_the_same_shape(api, cast, monkeypatch, trouble, status):
    def find(*args):
        raise trouble

    provisioned("stage")
    monkeypatch.setattr("releases.deployment.images.find", find)
    assert error(api(cast.deployer).post("releases/", order()), status)["code"] == "cloud"


def test_somebody_else_approves_the_plan_that_was_read_and_it_is_deployed(api, cast):
    release = requested(provisioned("stage"), cast.deployer)
    path = f"releases/{release.pk}/approve"
    told = error(api(cast.deployer).post(path, {"digest": release.digest}), 409)
    assert "takes another person" in told["message"]
    other = api(cast.other_deployer)
    error(other.post(path, {"digest": "sha256:other"}), 409)
    answer = other.post(path, {"digest": release.digest, "comment": "fine"}, key="k")
    assert answer.status_code == 200 and answer.json()["state"] == "deploying"
    assert [row["approver"] for row in answer.json()["approvals"]] == ["dora"]
    assert (
        other.post(path, {"digest": release.digest, "comment": "fine"}, key="k").json()
        == answer.json()
    )
    error(other.post(path, {"digest": release.digest}), 409)
    assert Event.objects.filter(verb="release.approved", outcome="done").count() == 1


def test_a_token_decides_only_when_it_was_made_for_that(api, cast):
    release = requested(provisioned("stage"), cast.deployer)
    told = error(
        api(cast.other_deployer, ["read", "deploy"]).post(
            f"releases/{release.pk}/approve", {"digest": release.digest}
        ),
        403,
    )
    assert "scope approve" in told["message"] and not release.approvals.exists()
    error(
        api(cast.admin, ["read", "deploy", "admin"]).post(
            f"releases/{release.pk}/deny", {"reason": "because"}
        ),
        403,
    )


def test_a_token_that_only_approves_cannot_plan_cancel_or_deploy(api, cast):
    ready = requested(provisioned("dev"), cast.deployer)
    ready.mark_approved()
    job = submit("environments.plan", environment="dev", actor="user:dan")
    only = api(cast.other_deployer, ["approve"])
    for path in (
        "environments/dev/plans/",
        f"jobs/{job.pk}/cancel",
        f"releases/{ready.pk}/deploy",
    ):
        told = error(only.post(path), 403)
        assert "lacks the scope deploy" in told["message"], path
        assert Event.objects.latest("id").outcome == "refused"
    assert Job.objects.count() == 1 and not Job.objects.filter(cancel_requested_at__isnull=False)


def test_a_token_without_the_scope_approve_agrees_to_no_destruction(api, cast, monkeypatch):
    monkeypatch.setattr("environments.reconcile.destroy.observe", lambda d, w, o: built(w)[0])
    monkeypatch.setattr("environments.reconcile.destroy._running", lambda *a: [])
    monkeypatch.setattr("environments.reconcile.destroy._count_contents", lambda *a: {})
    given = {"requester": cast.admin, "empty": False, "actor": "user:ada"}
    plan = make_destroy_plan(provisioned("stage"), **given)
    path, body = f"plans/{plan.pk}/approve", {"digest": plan.digest}
    told = error(api(cast.deployer, ["read", "deploy"]).post(path, body), 403)
    assert "lacks the scope approve" in told["message"] and not plan.approvals.exists()
    assert api(cast.deployer, ["approve"], "two").post(path, body).status_code == 200


@pytest.mark.parametrize("path", ["jobs/", "secrets/", "environments/", "releases/", "incidents/"])
def test_a_token_of_the_scope_audit_reads_the_audit_trail_alone(api, cast, path):
    auditor = api(cast.auditor, ["audit"])
    error(auditor.get(path), 403)
    assert auditor.get("audit/head").status_code == 200
    error(api(cast.auditor, ["read"], "two").get("audit/head"), 403)


def test_a_token_of_an_admin_needs_the_scope_admin_for_what_only_admins_may(api, cast):
    plan = make_plan(provisioned("prod", protected=True), actor="user:dan")
    body, path = {"digest": plan.digest, "environment": "prod"}, f"plans/{plan.pk}/apply"
    error(api(cast.admin, ["deploy"]).post(path, body), 403)
    error(api(cast.admin, ["admin"], "two").post(path, body), 403)
    assert api(cast.admin, ["deploy", "admin"], "three").post(path, body).status_code == 202


def test_denying_and_withdrawing_take_a_reason_and_the_right_person(api, cast):
    stage = provisioned("stage")
    one, two = requested(stage, cast.deployer, "1.0.0"), requested(stage, cast.deployer, "2.0.0")
    dan, dora = api(cast.deployer), api(cast.other_deployer)
    error(dora.post(f"releases/{one.pk}/deny", {"reason": ""}), 400)
    error(dan.post(f"releases/{one.pk}/deny", {"reason": "mine"}), 403)
    assert dora.post(f"releases/{one.pk}/deny", {"reason": "not today"}).json()["state"] == "denied"
    error(dora.post(f"releases/{two.pk}/withdraw", {"reason": "not mine"}), 403)
    assert (
        dan.post(f"releases/{two.pk}/withdraw", {"reason": "too early"}).json()["state"]
        == "withdrawn"
    )


@pytest.mark.parametrize("act", ["approve", "deny", "withdraw", "deploy", "rollback"])
@pytest.mark.parametrize("who", ["readonly", "auditor"])
def test_nobody_without_the_role_acts_on_a_release(api, cast, act, who):
    live = deployed(provisioned("stage"), cast.deployer, "1.0.0")
    body = {"digest": live.release.digest, "reason": "because"}
    error(api(getattr(cast, who)).post(f"releases/{live.release.pk}/{act}", body), 403)
    assert not Job.objects.exists() and Event.objects.latest("id").outcome == "refused"


@pytest.mark.parametrize("act", ["approve", "deny", "withdraw", "deploy", "rollback"])
def test_acting_on_a_release_that_is_not_there(api, cast, act):
    error(api(cast.deployer).post(f"releases/77/{act}", {"digest": "x", "reason": "because"}), 404)


def test_deploying_takes_an_approved_release(api, cast):
    release = requested(provisioned("stage"), cast.deployer)
    told = error(api(cast.deployer).post(f"releases/{release.pk}/deploy"), 409)
    assert "Only an approved release" in told["next_step"]
    ready = requested(provisioned("dev"), cast.deployer)
    ready.mark_approved()
    answer = api(cast.deployer, name="two").post(f"releases/{ready.pk}/deploy")
    assert answer.status_code == 202 and answer.json()["kind"] == "releases.deploy"


def test_rolling_back_what_is_live(api, cast):
    stage = provisioned("stage")
    old = deployed(stage, cast.deployer, "1.0.0", state=Deployment.State.STANDBY)
    live = deployed(stage, cast.deployer, "2.0.0")
    deployer = api(cast.deployer)
    told = error(deployer.post(f"releases/{old.release.pk}/rollback", {"reason": "errors"}), 409)
    assert "is not what is live" in told["message"] and "2.0.0" in told["next_step"]
    error(deployer.post(f"releases/{live.release.pk}/rollback", {}), 400)
    answer = deployer.post(f"releases/{live.release.pk}/rollback", {"reason": "errors"}, key="k")
    assert answer.status_code == 202 and Job.objects.get().spec["mode"] == "instant"
    assert (
        deployer.post(f"releases/{live.release.pk}/rollback", {"reason": "errors"}, key="k").json()
        == answer.json()
    )
    error(deployer.post(f"releases/{live.release.pk}/rollback", {"reason": "errors"}), 409)


# --- jobs ------------------------------------------------------------------------------
def test_cancelling_a_job(api, cast):
    job = submit("environments.plan", environment="dev", actor="user:dan")
    error(api(cast.readonly).post(f"jobs/{job.pk}/cancel"), 403)
    deployer = api(cast.deployer)
    assert deployer.post(f"jobs/{job.pk}/cancel").status_code == 202
    assert last("job.cancel_requested") == ("token:dan/test", "done", f"job:{job.pk}")
    error(deployer.post(f"jobs/{job.pk}/cancel"), 409)


def test_resuming_takes_a_parked_job(api, cast):
    job = submit("environments.plan", environment="dev", actor="user:dan")
    assert "not parked" in error(api(cast.deployer).post(f"jobs/{job.pk}/resume"), 409)["message"]
    error(api(cast.readonly).post(f"jobs/{job.pk}/resume"), 403)


# --- incidents -------------------------------------------------------------------------
def test_taking_and_closing_an_incident(api, cast):
    made = Incident.objects.create(environment=provisioned("dev"), kind="api-5xx", title="5xx")
    error(api(cast.readonly).post(f"incidents/{made.pk}/acknowledge"), 403)
    assert last("incident.acknowledged")[1] == "refused"
    deployer, path = api(cast.deployer), f"incidents/{made.pk}/acknowledge"
    first = deployer.post(path, key="k")
    assert first.status_code == 200 and (
        first.json()["state"],
        first.json()["acknowledged_by"],
    ) == ("acknowledged", "dan")
    assert deployer.post(path, key="k").json() == first.json() and len(first.json()["entries"]) == 1
    assert "acknowledged already by" in error(deployer.post(path), 409)["message"]
    error(deployer.post(f"incidents/{made.pk}/resolve", {"reason": ""}), 400)
    assert (
        deployer.post(f"incidents/{made.pk}/resolve", {"reason": "errors are gone"}).json()["state"]
        == "resolved"
    )
    error(deployer.post(f"incidents/{made.pk}/resolve", {"reason": "errors are gone"}), 409)
    error(deployer.post("incidents/99/acknowledge"), 404)
    assert last("incident.resolved")[0] == "token:dan/test"


# --- sessions --------------------------------------------------------------------------
def post_as(user, path, body, *, seconds_ago=0, csrf=True):
    client = sign_in(
        Client(enforce_csrf_checks=not csrf, raise_request_exception=False),
        user,
        seconds_ago=seconds_ago,
    )
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def test_a_session_acts_like_the_page_with_a_csrf_token_and_a_fresh_sign_in(cast, settings):
    settings.IDENTITY_WRITE_SECONDS = 10_000
    release = requested(provisioned("stage"), cast.deployer)
    path, body = f"releases/{release.pk}/approve", {"digest": release.digest}
    assert "CSRF" in error(post_as(cast.other_deployer, path, body, csrf=False), 403)["message"]
    assert (
        "minutes old"
        in error(post_as(cast.other_deployer, path, body, seconds_ago=3600), 403)["message"]
    )
    assert not release.approvals.exists()
    assert post_as(cast.other_deployer, path, body).status_code == 200


def test_an_act_by_token_is_found_by_its_owner_and_name(api, cast):
    provisioned("dev")
    api(cast.deployer, name="ci").post("environments/dev/plans/")
    assert Job.objects.get().actor == "token:dan/ci" == ApiToken.objects.get().actor


def test_the_right_behind_a_token_is_asked_again_before_each_call_to_the_cloud(api, cast):
    plan = make_plan(provisioned("dev"), actor="user:dan")
    api(cast.deployer).post(f"plans/{plan.pk}/apply", {"digest": plan.digest})
    job = Job.objects.get()
    Apply().admit(job)
    cast.deployer.roles = []
    cast.deployer.save()
    with pytest.raises(Refused, match="dan may no longer change dev"):
        Apply().admit(job)


def test_a_session_that_ended_is_told_in_the_same_shape(cast):
    client = sign_in(Client(raise_request_exception=False), cast.deployer)
    answer = client.post(
        "/api/v1/jobs/",
        "{}",
        content_type="application/json",
        headers={"User-Agent": "another browser"},
    )
    assert set(answer.json()["error"]) == {"code", "message", "next_step", "request_id"}
