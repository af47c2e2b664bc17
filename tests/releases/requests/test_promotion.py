"""Content goes up when it ran well below: live there, tested, baked, not rolled back, without
an open incident.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from environments.models import Environment
from portal.audit.verbs import Verb
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Invalid, Refused
from releases.approvals import blockers, decide
from releases.deployment import dispatch, images
from releases.models import Deployment, Release, SmokeRun
from releases.requests import promotion
from releases.requests.promote import promote
from releases.requests.promotion import ContentHistory, judge
from runbooks.models import Incident
from tests.portal.accounts.people import sign_in
from tests.releases.builders import deployed, image, provisioned, requested

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
GOOD = {"live_at": AT - timedelta(minutes=40), "live": True, "smoke": True, "bake_minutes": 30}


@pytest.mark.parametrize(
    ("seen", "missing"),
    [
        (None, "was never live in stage"),
        ({}, "was never live in stage"),
        (GOOD, ""),
        ({**GOOD, "rolled_back": True}, "was rolled back in stage"),
        ({**GOOD, "smoke": None}, "smoke test never ran in stage"),
        ({**GOOD, "smoke": False}, "smoke test failed last in stage"),
        (
            {**GOOD, "live_at": AT - timedelta(minutes=29, seconds=59)},
            "it ran in stage for 29 of 30 min",
        ),
        ({**GOOD, "live_at": AT - timedelta(minutes=30)}, ""),
        (
            {**GOOD, "live": False, "ended_at": AT - timedelta(minutes=5)},
            "",
        ),  # replaced after 35 min: it ran well
        (
            {**GOOD, "live": False, "ended_at": AT - timedelta(minutes=20)},
            "it ran in stage for 20 of 30 min",
        ),
        ({**GOOD, "concerns": ("incident 7 is open in stage: 5xx",)}, "incident 7 is open"),
    ],
)
def test_the_rule_as_a_table(seen, missing):
    checks = judge("stage", None if seen is None else ContentHistory(**seen), AT)
    said = "; ".join(check.words for check in checks if not check.holds)
    assert (missing in said) if missing else not said


@pytest.fixture
def road(cast, monkeypatch):
    """Dev, stage and prod, where content comes from below; the registry has every image that
    somebody names.
    """
    found = [provisioned(slug, settings={}) for slug in ("dev", "stage", "prod")]
    monkeypatch.setattr(
        images, "find", lambda environment, role, digest: known(environment, role, digest)
    )
    return found


def known(environment, role, digest):
    found = image(environment, role, "1.4.0")
    return type(found)(found.repository, found.tag, digest, found.pushed_at)


def ran(environment, user, *, passed=True, minutes=60, state=Deployment.State.LIVE):
    """Return a deployment that has been live for so long, and was tested."""
    one = deployed(environment, user, "1.4.0", state=state)
    one.live_at = now() - timedelta(minutes=minutes)
    one.save()
    SmokeRun.objects.create(
        environment=environment,
        deployment=one,
        passed=passed,
        words="",
        results=[],
        started_at=now(),
    )
    return one


def content(release):
    return promotion.content_of(release)


@pytest.mark.django_db
def test_the_first_environment_takes_anything(road):
    assert promotion.prove(road[0], {"git_sha": "a", "api_digest": "b", "worker_digest": "c"}).holds


@pytest.mark.django_db
def test_what_ran_well_below_goes_up_with_its_source(road, cast, audited):
    below = ran(road[0], cast.deployer)
    made = promote(below.release, road[1], cast.deployer, notes="up")
    assert (made.environment.slug, made.source, made.notes) == ("stage", below, "up")
    assert content(made) == content(below.release) and not blockers.blockers(made)
    assert audited(Verb.RELEASE_REQUESTED)[-1][0] == "user:dan"


@pytest.mark.django_db
def test_the_same_name_with_another_image_is_not_the_same_content(road, cast):
    ran(road[0], cast.deployer)
    other = requested(road[1], cast.deployer, "1.4.0")
    assert [one.kind for one in blockers.blockers(other)] == [blockers.UNPROVEN]


@pytest.mark.django_db
def test_it_does_not_go_up_before_its_bake_is_over(road, cast):
    below = ran(road[1], cast.deployer, minutes=3)
    with pytest.raises(
        Refused,
        match=r"cannot be promoted to prod: it ran in stage for 3 of 30 min\. Its bake time is "
        r"over at",
    ):
        promote(below.release, road[2], cast.deployer)
    assert not Release.objects.filter(environment=road[2]).exists()


@pytest.mark.django_db
def test_an_open_incident_below_holds_it_back_until_it_is_resolved(road, cast):
    below = ran(road[0], cast.deployer)
    incident = Incident.objects.create(
        environment=road[0], kind="api-5xx", title="5xx", severity="CRITICAL"
    )
    with pytest.raises(Refused, match=f"incident {incident.pk} is open in dev: 5xx"):
        promote(below.release, road[1], cast.deployer)
    incident.resolve("over", actor="user:dan")
    assert promote(below.release, road[1], cast.deployer)


@pytest.mark.django_db
def test_a_rollback_below_after_the_request_stops_approval_and_deployment(road, cast):
    below = ran(road[0], cast.deployer)
    made = promote(below.release, road[1], cast.deployer)
    below.mark_rolled_back("not well")
    with pytest.raises(Refused, match="it was rolled back in dev"):
        decide.approve(made.pk, cast.admin, digest=made.digest)
    assert not made.approvals.exists()


@pytest.mark.django_db
def test_an_approved_release_is_asked_again_when_it_is_deployed(road, cast):
    road[1].settings = {"approvals_needed": 0}
    road[1].save()
    below = ran(road[0], cast.deployer)
    made = promote(below.release, road[1], cast.deployer)
    below.mark_rolled_back("not well")
    with pytest.raises(Refused, match="it was rolled back in dev"):
        dispatch.deploy(decide.locked(made.pk), cast.deployer)


@pytest.mark.django_db
def test_no_step_is_left_out(road, cast):
    below = ran(road[0], cast.deployer)
    with pytest.raises(Invalid, match="Releases for prod do not come from dev"):
        promote(below.release, road[2], cast.deployer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "under"), [("below", "stage"), ("dev", "dev"), ("anywhere", None)]
)
def test_the_rule_is_a_setting(road, rule, under):
    prod = Environment.objects.get(slug="prod")
    prod.settings = {"promote_from": rule}
    found = promotion.below(prod)
    assert (found.slug if found else None) == under


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["readonly", "auditor"])
def test_a_reader_promotes_nothing(road, cast, client, who):
    below = ran(road[0], cast.deployer)
    with pytest.raises(Forbidden):
        promote(below.release, road[1], getattr(cast, who))
    sign_in(client, getattr(cast, who))
    assert (
        client.post(reverse("release-promote", args=[below.release_id]) + "?to=stage").status_code
        == 403
    )


@pytest.mark.django_db
def test_the_page_shows_the_proof_and_both_environments_side_by_side(road, cast, client):
    below = ran(road[0], cast.deployer)
    sign_in(client, cast.deployer)
    where = reverse("release-promote", args=[below.release_id]) + "?to=stage"
    page = client.get(where).content.decode()
    for words in (
        "Ready to promote",
        "its smoke test passed in dev",
        "Variable APP_ENV",
        "Secret DATABASE_URL",
        "1 by deployers",
    ):
        assert words in page, words
    answer = client.post(where, {"notes": "up"})
    assert answer.status_code == 302 and Release.objects.get(environment=road[1]).notes == "up"


@pytest.mark.django_db
def test_the_page_says_what_is_missing_in_the_target_and_how_to_copy_it(
    road, cast, client, monkeypatch
):
    below = ran(road[0], cast.deployer)
    worker = image(road[1], "worker", "1.4.0")
    same = type(worker)(
        worker.repository, worker.tag, below.release.worker_digest, worker.pushed_at
    )
    monkeypatch.setattr(
        images, "listed", lambda environment, role: [same] if role == "worker" else []
    )
    monkeypatch.setattr(
        "releases.requests.promote.client",
        lambda region: type("CloudClient", (), {"namespace": "acme"}),
    )
    sign_in(client, cast.deployer)
    part = client.get(
        reverse("release-promote-images", args=[below.release_id]) + "?to=stage"
    ).content.decode()
    source = f"docker://ocir.us-ashburn-1.oci.oraclecloud.com/acme/conceptlens-dev/api@{below.release.api_digest}"
    goal = "docker://ocir.us-ashburn-1.oci.oraclecloud.com/acme/conceptlens-stage/api:1.4.0"
    assert (
        f"skopeo copy --preserve-digests {source} {goal}" in part and part.count("skopeo copy") == 1
    )


@pytest.mark.django_db
def test_an_image_that_is_not_there_is_told_on_the_page(road, cast, client, monkeypatch):
    below = ran(road[0], cast.deployer)

    def missing(environment, role, digest):
        raise Invalid(
            f"{role} image: {digest} is not in conceptlens-stage/{role}; there is no image at all."
        )

    monkeypatch.setattr(images, "find", missing)
    sign_in(client, cast.deployer)
    answer = client.post(reverse("release-promote", args=[below.release_id]) + "?to=stage")
    assert (
        answer.status_code == 400 and "is not in conceptlens-stage/api" in answer.content.decode()
    )
    assert not Release.objects.filter(environment=road[1]).exists()
