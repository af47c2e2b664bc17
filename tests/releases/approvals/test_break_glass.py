"""Breaking the glass: at once, told to everybody, for a debt that blocks the next normal
release until it is settled.
"""

import time

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from environments.reconcile.job_spec import PlanJobSpec
from portal.accounts.identity import Identity, keep
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Forbidden, Invalid, Refused
from portal.mail.models import OutgoingEmail
from releases.approvals import break_glass, decide
from releases.deployment import dispatch
from releases.jobs.deployment import DeployJob
from releases.models import Release, Review
from tests.portal.accounts.people import sign_in
from tests.portal.api.conftest import Api, api, token_for  # noqa: F401 - fixtures
from tests.releases.approvals.test_freeze import freeze_now
from tests.releases.builders import requested

pytestmark = pytest.mark.django_db
WHY = {"reason": "Nobody can sign in since 02:10.", "incident": "7"}


def state(release):
    return Release.objects.get(pk=release.pk).state


@pytest.fixture
def addressed(cast):
    """Give everybody an address."""
    for person in vars(cast).values():
        person.email = f"{person.username}@conceptlens.example"
        person.save()
    return cast


def signed_in(client, user, seconds_ago):
    """Sign somebody in who proved who they are some time ago, and whom the provider still
    vouches for.
    """
    sign_in(client, user)
    session, at = client.session, int(time.time())
    keep(
        session,
        Identity(
            issuer=user.issuer, sub=user.subject, signed_in_at=at - seconds_ago, checked_at=at
        ),
    )
    session.save()
    return client


def make_room(job):
    """Let the job be over."""
    Job.objects.filter(pk=job.pk).update(state="running")
    Job.objects.filter(pk=job.pk).update(state="failed")


def test_it_deploys_at_once_without_approvals_in_a_freeze_and_records_what_it_went_without(
    prod, addressed, audited
):
    cast = addressed
    release = requested(prod, cast.deployer)
    freeze_now(prod)
    review, job = break_glass.break_glass(release.pk, cast.deployer, **WHY)
    assert state(release) == "deploying" and job.kind == "releases.deploy"
    assert (
        "approvals: 0 of 2 approvals" in review.waived[0]
        and "prod is frozen (Year end)" in review.waived[1]
    )
    actor, outcome, detail = audited(Verb.GLASS_BROKEN)[0]
    assert (actor, outcome, detail["reason"], detail["incident"]) == (
        "user:dan",
        "done",
        WHY["reason"],
        "7",
    )
    DeployJob().admit(job)
    told = OutgoingEmail.objects.filter(subject="Break glass: 1.4.0 for prod")
    assert {one.to.partition("@")[0] for one in told} == {"ada", "dan", "dora", "rory", "audrey"}
    body = told.first().body
    assert WHY["reason"] in body and f"/releases/reviews/{review.pk}/" in body


@pytest.mark.parametrize("who", ["readonly", "auditor", "stranger"])
def test_others_break_nothing(prod, cast, who):
    release = requested(prod, cast.deployer)
    with pytest.raises(Forbidden, match="may not break glass"):
        break_glass.break_glass(release.pk, getattr(cast, who), **WHY)
    assert state(release) == "requested" and not Review.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": "now"}, "reason: say why it cannot wait"),
        ({"reason": ""}, "reason: say why"),
        ({"incident": ""}, "incident: '' must be the number"),
        ({"incident": "javascript:alert(1)"}, "must be the number of an incident"),
        ({"incident": "https://x.example/<script>"}, "must be the number of an incident"),
    ],
)
def test_it_takes_a_reason_and_an_incident(prod, cast, changes, words):
    release = requested(prod, cast.deployer)
    with pytest.raises(Invalid, match=words):
        break_glass.break_glass(release.pk, cast.deployer, **{**WHY, **changes})
    assert not Review.objects.exists()


def test_what_was_denied_is_not_deployed_by_breaking_the_glass(prod, cast):
    release = requested(prod, cast.deployer)
    twin = requested_twin(release)
    decide.deny(release.pk, cast.admin, reason="It eats data.")
    with pytest.raises(Refused, match="is denied: it cannot be deployed"):
        break_glass.break_glass(release.pk, cast.deployer, **WHY)
    with pytest.raises(Refused, match=r"Ada Admin denied the same plan .*It eats data"):
        break_glass.break_glass(twin.pk, cast.deployer, **WHY)
    assert not Review.objects.exists() and state(twin) == "requested"


def requested_twin(release):
    """Return a second request of the very same plan."""
    fields = {
        f.attname: getattr(release, f.attname)
        for f in Release._meta.concrete_fields
        if f.attname != "id"
    }
    return Release.objects.create(**fields)


def test_while_another_job_has_the_environment_the_glass_stays_whole(prod, cast):
    release = requested(prod, cast.deployer)
    submit(
        "environments.apply",
        environment="prod",
        actor="user:ada",
        spec=PlanJobSpec(1, "", "", "us-ashburn-1", [], {}).as_json(),
    )
    with pytest.raises(Refused):
        break_glass.break_glass(release.pk, cast.deployer, **WHY)
    assert state(release) == "requested" and not Review.objects.exists()


@pytest.fixture
def debt(prod, cast):
    """An open review of what dan deployed to prod without asking."""
    review, job = break_glass.break_glass(requested(prod, cast.deployer).pk, cast.deployer, **WHY)
    make_room(job)
    return review


def test_the_debt_blocks_the_next_normal_release_there_and_nowhere_else(prod, stage, cast, debt):
    blocked, free = (
        requested(prod, cast.deployer, "1.5.0"),
        requested(stage, cast.deployer, "1.5.0"),
    )
    with pytest.raises(
        Refused, match=r"the break-glass deployment of 1\.4\.0 waits for its review"
    ):
        decide.approve(blocked.pk, cast.admin, digest=blocked.digest)
    assert decide.approve(free.pk, cast.admin, digest=free.digest)[1]


def test_the_database_blocks_it_too(dev, cast):
    _, job = break_glass.break_glass(requested(dev, cast.deployer).pk, cast.deployer, **WHY)
    make_room(job)
    blocked = requested(dev, cast.deployer, "1.5.0")
    blocked.mark_approved()
    with pytest.raises(DatabaseError, match="waits for the review"), transaction.atomic():
        blocked.mark_deploying(job)


def test_another_emergency_is_not_blocked_by_the_debt(prod, cast, debt):
    second, _ = break_glass.break_glass(
        requested(prod, cast.deployer, "1.4.1").pk, cast.other_deployer, **WHY
    )
    assert any("waits for its review" in words for words in second.waived)


def test_a_second_person_settles_it_with_a_finding(prod, cast, debt, audited):
    closed = break_glass.close_review(
        debt.pk, cast.other_deployer, finding="It was right; a test was missing."
    )
    assert not Review.objects.open().exists() and closed.reviewer == cast.other_deployer
    assert audited(Verb.REVIEW_CLOSED)[0][0] == "user:dora"
    release = requested(prod, cast.deployer, "1.5.0")
    decide.approve(release.pk, cast.admin, digest=release.digest)
    with pytest.raises(Refused, match="closed already"):
        break_glass.close_review(debt.pk, cast.admin, finding="I say so as well.")
    with pytest.raises(Invalid, match="finding: say what you found"):
        break_glass.close_review(debt.pk, cast.admin, finding="ok")


@pytest.mark.parametrize("who", ["deployer", "readonly", "auditor", "stranger"])
def test_nobody_settles_his_own_debt_nor_without_the_role(cast, debt, who):
    with pytest.raises(Forbidden, match="may not close the review"):
        break_glass.close_review(debt.pk, getattr(cast, who), finding="All is well, believe me.")
    assert Review.objects.open().count() == 1


def test_who_asked_for_it_does_not_review_it_either(prod, cast):
    review, _ = break_glass.break_glass(
        requested(prod, cast.deployer).pk, cast.other_deployer, **WHY
    )
    with pytest.raises(Forbidden):
        break_glass.close_review(review.pk, cast.deployer, finding="All is well, believe me.")
    assert break_glass.close_review(review.pk, cast.admin, finding="All is well, I looked.")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "UPDATE releases_review SET reviewer_id = actor_id, finding = 'x', closed_at = now()",
            "reviewer_did_not",
        ),
        ("UPDATE releases_review SET closed_at = now()", "review_closed_with_a_finding"),
        ("UPDATE releases_review SET reason = 'other'", "evidence"),
        ("UPDATE releases_review SET actor_id = 0", "evidence"),
        ("DELETE FROM releases_review", "evidence"),
    ],
)
def test_the_database_keeps_the_debt(debt, sql, words):
    with (
        pytest.raises(DatabaseError, match=words),
        transaction.atomic(),
        transaction.get_connection().cursor() as cursor,
    ):
        cursor.execute(sql)


def test_a_review_cannot_be_made_up_for_what_is_over(prod, cast):
    release = requested(prod, cast.deployer)
    release.mark_withdrawn(cast.deployer, "no")
    with pytest.raises(DatabaseError, match="opens with an open release"), transaction.atomic():
        Review.objects.create(
            release=release,
            environment=prod,
            requester=cast.deployer,
            actor=cast.deployer,
            reason="x",
            incident="1",
        )


def test_the_page_says_what_it_means_and_takes_a_very_fresh_sign_in(prod, cast, client):
    release = requested(prod, cast.deployer)
    where = reverse("release-break-glass", args=[release.pk])
    assert signed_in(client, cast.deployer, 6 * 60).get(where).status_code == 403
    assert signed_in(client, cast.deployer, 6 * 60).post(where, WHY).status_code == 403
    page = signed_in(client, cast.deployer, 4 * 60).get(where).content.decode()
    assert "0 of 2 approvals" in page and "Break glass and deploy to prod" in page
    again = client.post(where, {**WHY, "reason": "quick"})
    assert again.status_code == 400 and "at least 10 characters" in again.content.decode()
    assert client.post(where, WHY).status_code == 302 and state(release) == "deploying"
    assert sign_in(client, cast.readonly).get(where).status_code == 403


def test_everybody_sees_it_in_the_inbox_and_a_second_person_closes_it_on_its_page(
    cast, debt, client
):
    for who in (cast.readonly, cast.admin):
        assert (
            "Break-glass review: 1.4.0 for prod"
            in sign_in(client, who).get("/inbox/").content.decode()
        )
    page = sign_in(client, cast.deployer).get(debt.get_absolute_url()).content.decode()
    assert "neither requested the release nor deployed it" in page and "<textarea" not in page
    page = sign_in(client, cast.admin).get(debt.get_absolute_url()).content.decode()
    assert WHY["reason"] in page and "0 of 2 approvals" in page and "Close the review" in page
    assert client.post(debt.get_absolute_url(), {"finding": "x"}).status_code == 400
    assert (
        client.post(debt.get_absolute_url(), {"finding": "It was right to do so."}).status_code
        == 302
    )
    assert "It was right to do so." in client.get(debt.get_absolute_url()).content.decode()
    assert "Break-glass review" not in client.get("/inbox/").content.decode()


def test_a_token_does_not_break_the_glass_but_closes_reviews(prod, cast, api, debt):  # noqa: F811
    release = requested(prod, cast.deployer, "1.5.0")
    answer = api(cast.deployer).post(f"releases/{release.pk}/break-glass", WHY)
    assert (
        answer.status_code == 403 and "a token does not prove" in answer.json()["error"]["message"]
    )
    told = api(cast.readonly, ["read"], "r").get(f"releases/{release.pk}/").json()
    assert [one["kind"] for one in told["obstacles"]] == ["debt"]
    assert api(cast.readonly, ["read"], "r2").get("reviews/").json()["results"][0]["actor"] == "dan"
    finding = {"finding": "It was right to do so."}
    assert (
        api(cast.deployer, name="d2").post(f"reviews/{debt.pk}/close", finding).status_code == 403
    )
    answer = api(cast.admin, name="a").post(f"reviews/{debt.pk}/close", finding)
    assert answer.status_code == 200 and answer.json()["reviewer"] == "ada"


def test_a_session_breaks_the_glass_by_rest_when_it_is_fresh(prod, cast, client):
    release = requested(prod, cast.deployer)
    where = f"/api/v1/releases/{release.pk}/break-glass"
    signed_in(client, cast.deployer, 600)
    assert client.post(where, WHY, content_type="application/json").status_code == 403
    sign_in(client, cast.deployer)
    assert client.post(where, WHY, content_type="application/json").status_code == 202
    assert dispatch.Deployment.objects.get().release_id == release.pk
