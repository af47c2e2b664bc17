"""The pages of releases: one screen to decide on, two clicks to roll back, every act refused
to those who may not.
"""

import pytest
from django.urls import reverse

from portal.audit.verbs import Verb
from portal.jobs.models import Job
from releases.deployment.images import Image
from releases.models import Deployment, Release
from tests.portal.accounts.people import sign_in
from tests.releases.builders import deployed, requested

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(client):
    """Sign somebody in and return the client."""
    return lambda user, **more: sign_in(client, user, **more)


def post(client, name, pk, **data):
    return client.post(reverse(name, args=[pk]), data)


def test_the_approvers_screen_shows_everything_that_will_run(stage, cast, as_):
    deployed(stage, cast.admin, "1.3.9")
    release = requested(stage, cast.deployer)
    page = as_(cast.other_deployer).get(release.get_absolute_url()).content.decode()
    for words in (
        "1.3.9",
        "1.4.0",
        release.git_sha,
        "APP_ENV",
        "DATABASE_URL_SECRET_OCID",
        "version 1",
        "Run the smoke test",
    ):
        assert words in page
    for words in (
        "0 of 1 approvals",
        "the next approval starts the deployment",
        "1.3.9 stays on standby",
        "3 min",
        release.digest,
    ):
        assert words in page
    assert (
        "Approve 1.4.0 for stage" in page and "Deny" in page and 'data-environment="stage"' in page
    )


def test_the_requester_sees_no_approve_button(stage, cast, as_):
    page = (
        as_(cast.deployer).get(requested(stage, cast.deployer).get_absolute_url()).content.decode()
    )
    assert (
        "Approve 1.4.0" not in page
        and "somebody else has to approve it" in page
        and "Withdraw the request" in page
    )


def test_a_reader_sees_the_plan_and_no_button(stage, cast, as_):
    page = (
        as_(cast.readonly).get(requested(stage, cast.deployer).get_absolute_url()).content.decode()
    )
    assert "Drain" in page and "<form" not in page.split('class="p-page"')[1]


def test_approving_on_the_page_starts_the_deployment_and_shows_it(stage, cast, as_):
    release = requested(stage, cast.deployer)
    client = as_(cast.admin)
    answer = client.post(
        reverse("release-approve", args=[release.pk]),
        {"digest": release.digest, "comment": "ok"},
        follow=True,
    )
    page = answer.content.decode()
    assert "the deployment to stage has begun" in page
    assert f'hx-get="{reverse("release-progress", args=[release.pk])}"' in page
    part = client.get(reverse("release-progress", args=[release.pk]))
    assert "Check that both images" in part.content.decode() and "HX-Refresh" not in part


def test_the_progress_reloads_the_page_when_the_job_is_over(stage, cast, as_):
    release = requested(stage, cast.deployer)
    client = as_(cast.admin)
    post(client, "release-approve", release.pk, digest=release.digest)
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(state="running")
    Job.objects.filter(pk=job.pk).update(state="failed")
    assert client.get(reverse("release-progress", args=[release.pk]))["HX-Refresh"] == "true"


@pytest.mark.parametrize("act", ["approve", "deny"])
def test_the_requesters_direct_post_is_refused_and_audited(stage, cast, as_, audited, act):
    release = requested(stage, cast.deployer)
    answer = post(
        as_(cast.deployer), f"release-{act}", release.pk, digest=release.digest, reason="because"
    )
    assert answer.status_code in (403, 409)
    verb = Verb.RELEASE_APPROVED if act == "approve" else Verb.RELEASE_DENIED
    assert [row[:2] for row in audited(verb)] == [("user:dan", "refused")]
    assert Release.objects.get(pk=release.pk).state == "requested"


@pytest.mark.parametrize("name", ["approve", "deny", "withdraw", "deploy", "again"])
@pytest.mark.parametrize("who", ["readonly", "auditor"])
def test_those_without_the_role_change_nothing(stage, cast, as_, name, who):
    release = requested(stage, cast.deployer)
    answer = post(
        as_(getattr(cast, who)),
        f"release-{name}",
        release.pk,
        digest=release.digest,
        reason="because",
    )
    assert answer.status_code == 403
    assert Release.objects.get().state == "requested" and not Job.objects.exists()


def test_approving_takes_a_fresh_sign_in(stage, cast, as_):
    release = requested(stage, cast.deployer)
    answer = post(
        as_(cast.admin, seconds_ago=3600), "release-approve", release.pk, digest=release.digest
    )
    assert answer.status_code == 403 and not release.approvals.exists()


def test_dev_is_deployed_from_the_page_at_once(dev, cast, as_, audited):
    release = requested(dev, cast.deployer)
    release.mark_approved()
    client = as_(cast.deployer)
    assert "Deploy to dev" in client.get(release.get_absolute_url()).content.decode()
    assert post(client, "release-deploy", release.pk).status_code == 302
    assert (
        Release.objects.get().state == "deploying"
        and audited(Verb.RELEASE_DEPLOY)[0][0] == "user:dan"
    )
    assert post(client, "release-deploy", release.pk).status_code == 409
    assert Job.objects.count() == 1


def test_an_unapproved_release_is_not_deployed(prod, cast, as_, audited):
    release = requested(prod, cast.deployer)
    answer = post(as_(cast.deployer), "release-deploy", release.pk)
    assert answer.status_code == 409 and "it is awaiting approval" in answer.content.decode()
    assert audited(Verb.RELEASE_DEPLOY)[0][1] == "refused"


def test_rolling_back_takes_two_clicks(stage, cast, as_, audited):
    deployed(stage, cast.admin, "1.4.0", state=Deployment.State.STANDBY)
    deployed(stage, cast.admin, "1.5.0")
    client = as_(cast.deployer)
    part = client.get(reverse("environment-release", args=["stage"])).content.decode()
    assert "Roll back to 1.4.0" in part and "About 15 s" in part
    page = client.get(reverse("rollback") + "?environment=stage&incident=7").content.decode()
    assert (
        "1.5.0 → 1.4.0" in page
        and "Roll back stage to 1.4.0" in page
        and "Incident 7: 1.5.0 is unhealthy" in page
    )
    answer = client.post(
        reverse("rollback") + "?environment=stage&incident=7",
        {"reason": "Incident 7: 1.5.0 is unhealthy"},
    )
    job = Job.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    assert (
        job.kind == "releases.rollback"
        and job.spec["incident"] == "7"
        and job.spec["mode"] == "instant"
    )
    assert audited(Verb.RELEASE_ROLLBACK)[0][2]["reason"] == "Incident 7: 1.5.0 is unhealthy"


def test_a_second_rollback_while_one_runs_is_refused(stage, cast, as_):
    deployed(stage, cast.admin, "1.4.0", state=Deployment.State.STANDBY)
    deployed(stage, cast.admin, "1.5.0")
    client = as_(cast.deployer)
    where = reverse("rollback") + "?environment=stage"
    assert client.post(where, {"reason": "not well"}).status_code == 302
    answer = client.post(where, {"reason": "not well"})
    assert answer.status_code == 409 and "cancel it, or wait" in answer.content.decode()
    assert "is changing this environment" in client.get(where).content.decode()


@pytest.mark.parametrize("who", ["readonly", "auditor"])
def test_a_reader_cannot_roll_back(stage, cast, as_, who):
    deployed(stage, cast.admin, "1.4.0", state=Deployment.State.STANDBY)
    deployed(stage, cast.admin, "1.5.0")
    client = as_(getattr(cast, who))
    assert (
        "Roll back to"
        not in client.get(reverse("environment-release", args=["stage"])).content.decode()
    )
    assert (
        client.post(reverse("rollback") + "?environment=stage", {"reason": "let me"}).status_code
        == 403
    )
    assert not Job.objects.exists()


def test_a_rollback_needs_a_reason_and_something_to_go_back_to(stage, cast, as_):
    deployed(stage, cast.admin, "1.5.0")
    client = as_(cast.deployer)
    where = reverse("rollback") + "?environment=stage"
    assert client.post(where, {"reason": ""}).status_code == 400
    answer = client.post(where, {"reason": "not well"})
    assert (
        answer.status_code == 409 and "1.5.0 is the first release here" in answer.content.decode()
    )


def test_requesting_again_withdraws_the_stale_request(stage, cast, as_, monkeypatch):
    release = requested(stage, cast.deployer)
    deployed(stage, cast.admin, "1.3.9")
    client = as_(cast.deployer)
    page = client.get(release.get_absolute_url()).content.decode()
    assert "this changed: the release that is live, the steps" in page and "Request again" in page
    there = {
        r: Image(f"conceptlens-stage/{r}", "1.4.0", getattr(release, f"{r}_digest"), "")
        for r in ("api", "worker")
    }
    monkeypatch.setattr(
        "releases.deployment.images.listed", lambda environment, role: [there[role]]
    )
    client.post(reverse("release-again", args=[release.pk]))
    fresh = Release.objects.first()
    assert fresh.pk != release.pk and fresh.plan["previous"]["version"] == "1.3.9"
    assert Release.objects.get(pk=release.pk).state == "withdrawn"


def test_what_does_not_exist_is_told(cast, as_):
    client = as_(cast.readonly)
    assert client.get(reverse("release", args=[999])).status_code == 404
    assert client.get(reverse("release-new") + "?environment=mars").status_code in (403, 404)
    assert client.get(reverse("smoke-run", args=[999])).status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_the_number_of_queries_does_not_grow(
    stage, cast, as_, django_assert_max_num_queries, count
):
    for number in range(count):
        deployed(stage, cast.admin, f"1.{number}.0", state=Deployment.State.RETIRED)
    release = requested(stage, cast.deployer)
    client = as_(cast.admin)
    with django_assert_max_num_queries(34):
        client.get(release.get_absolute_url())
    with django_assert_max_num_queries(14):
        client.get(reverse("environment-release", args=["stage"]))
    with django_assert_max_num_queries(12):
        client.get(reverse("releases"))
