"""What no longer counts: a request or approval whose time is over, a plan that was denied, or
that the environment outgrew.
"""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from environments.models import SecretReference
from portal.accounts.roles import Role
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Refused
from portal.mail.models import OutgoingEmail
from portal.notifications.models import Notice
from releases import current
from releases.approvals import decide, expiry
from releases.deployment import dispatch, images
from releases.models import Approval, Release
from releases.requests.create import request, request_again
from tests.releases.builders import image, provisioned, requested, waiting_for

pytestmark = pytest.mark.django_db


def aged(release, hours):
    """Return a copy of the release that was requested so many hours ago."""
    fields = {
        f.attname: getattr(release, f.attname)
        for f in Release._meta.concrete_fields
        if f.attname != "id"
    }
    old = Release.objects.create(
        **{**fields, "requested_at": now() - timedelta(hours=hours), "expires_at": None}
    )
    return Release.objects.get(pk=old.pk)


def state(release):
    return Release.objects.get(pk=release.pk).state


def addressed(cast):
    for person in vars(cast).values():
        person.email = f"{person.username}@conceptlens.example"
        person.save()


def test_the_database_says_how_long_a_request_may_wait(cast):
    stage = provisioned("stage", settings={"approval_hours": 4})
    release = aged(requested(stage, cast.deployer), 1)
    assert release.expires_at - release.requested_at == timedelta(hours=4)
    longer = {
        f.attname: getattr(release, f.attname)
        for f in Release._meta.concrete_fields
        if f.attname != "id"
    }
    made = Release.objects.create(**{**longer, "expires_at": now() + timedelta(days=300)})
    assert Release.objects.get(pk=made.pk).expires_at == release.expires_at


def test_nobody_approves_what_has_expired(stage, cast):
    release = aged(requested(stage, cast.deployer), 73)
    with pytest.raises(Refused, match="it expired on"):
        decide.approve(release.pk, cast.admin, digest=release.digest)
    with pytest.raises(DatabaseError, match="has expired"), transaction.atomic():
        Approval.objects.create(
            release=release, requester=cast.deployer, approver=cast.admin, digest=release.digest
        )
    assert release not in waiting_for("approval", cast.admin)


def test_an_approval_does_not_outlive_the_time_of_its_release(dev, cast):
    release = aged(requested(dev, cast.deployer), 73)
    with pytest.raises(DatabaseError, match="has expired"), transaction.atomic():
        release.mark_approved()


def test_the_sweep_closes_what_has_expired_and_tells_its_requester(stage, cast, audited):
    addressed(cast)
    fresh, old = requested(stage, cast.deployer), aged(requested(stage, cast.deployer, "1.3.0"), 80)
    assert expiry.close_outdated() == {"expired": 1, "withdrawn": 0}
    assert (state(old), state(fresh)) == ("expired", "requested")
    assert audited(Verb.RELEASE_EXPIRED)[0][0] == "system:releases"
    letter = OutgoingEmail.objects.get()
    assert letter.to == "dan@conceptlens.example" and letter.subject == "Expired: 1.3.0 for stage"
    assert (
        expiry.close_outdated() == {"expired": 0, "withdrawn": 0}
        and OutgoingEmail.objects.count() == 1
    )


def test_the_sweep_withdraws_what_the_environment_outgrew_and_says_why(stage, cast, audited):
    release = requested(stage, cast.deployer)
    SecretReference.objects.filter(environment=stage, name="DATABASE_URL").update(version_number=2)
    assert expiry.close_outdated() == {"expired": 0, "withdrawn": 1}
    found = Release.objects.get(pk=release.pk)
    assert found.state == "withdrawn" and found.decided_by is None
    changed = "since its plan was made, this changed: the versions of the secrets"
    assert found.reason == f"Withdrawn by the portal: {changed}."
    assert audited(Verb.RELEASE_WITHDRAWN)[0][0] == "system:releases"


def test_what_stands_on_resources_that_are_gone_is_withdrawn_as_well(stage, cast):
    release = requested(stage, cast.deployer)
    stage.resources.filter(key="load_balancer").delete()
    assert expiry.close_outdated()["withdrawn"] == 1
    assert "stage has no load_balancer yet" in Release.objects.get(pk=release.pk).reason


def test_the_sweep_is_a_job(stage, cast):
    old = aged(requested(stage, cast.deployer), 80)
    job = submit("releases.lapse", actor="system:schedule")
    run_until_idle()
    job.refresh_from_db()
    assert job.state == "succeeded" and state(old) == "expired"


def test_a_request_says_in_the_inbox_that_its_time_runs_out(stage, cast):
    early, late = (
        aged(requested(stage, cast.deployer), 53),
        aged(requested(stage, cast.deployer), 55),
    )
    assert [
        one for why, one in current.waiting_releases(cast.deployer) if why == "your request"
    ] == [late]
    assert [current.expires_soon(one) for one in (early, late)] == [False, True]


@pytest.fixture
def asked(stage, monkeypatch):
    """Return how to ask for 1.4.0 on stage the usual way."""
    monkeypatch.setattr(
        images, "find", lambda environment, role, digest: image(environment, role, "1.4.0")
    )

    def ask(user, **changes):
        digests = {f"{role}_digest": image(stage, role, "1.4.0").digest for role in images.ROLES}
        return request(
            stage, user, **{"version": "1.4.0", "git_sha": "abcdef1", **digests, **changes}
        )

    return ask


def test_no_is_the_answer_until_something_changes(stage, cast, asked):
    release = asked(cast.deployer)
    decide.deny(release.pk, cast.admin, reason="It eats data.")
    with pytest.raises(
        Refused, match=r"Ada Admin denied the same plan for stage \(release \d+\): It eats data"
    ):
        asked(cast.other_deployer)
    with pytest.raises(Refused, match="denied the same plan"):
        request_again(Release.objects.get(pk=release.pk), cast.deployer)
    assert asked(cast.deployer, git_sha="abcdef2").state == "requested"


def test_a_twin_of_what_was_denied_is_not_approved_either(stage, cast, asked):
    first, second = asked(cast.deployer), asked(cast.other_deployer)
    decide.deny(first.pk, cast.admin, reason="It eats data.")
    with pytest.raises(Refused, match="Ada Admin denied the same plan"):
        decide.approve(second.pk, cast.admin, digest=second.digest)


def test_approvers_are_asked_by_mail_and_the_requester_is_told(stage, cast, asked):
    addressed(cast)
    release = asked(cast.deployer, notes="Faster dashboards.")
    notices = {one.user.username: one for one in Notice.objects.filter(channel="mail")}
    assert set(notices) == {"ada", "dora"}
    assert notices["dora"].title == "Approve 1.4.0 for stage?"
    body = notices["dora"].words + notices["dora"].url
    for words in (
        "Dan Deployer requests 1.4.0 for stage",
        "Faster dashboards.",
        "It expires on",
        release.get_absolute_url(),
    ):
        assert words in body
    decide.approve(release.pk, cast.admin, digest=release.digest, comment="fine")
    told = OutgoingEmail.objects.filter(to="dan@conceptlens.example").get()
    assert (
        told.subject == "Approved: 1.4.0 for stage"
        and "by Ada Admin" in told.body
        and "fine" in told.body
    )


def test_where_admins_decide_deployers_neither_are_asked_nor_count(cast, monkeypatch):
    stage = provisioned("stage", settings={"approvers": "admins", "promote_from": "anywhere"})
    release = requested(stage, cast.deployer)
    with pytest.raises(Forbidden, match="may not approve release"):
        decide.approve(release.pk, cast.other_deployer, digest=release.digest)
    assert waiting_for("approval", cast.other_deployer) == [] and waiting_for(
        "approval", cast.admin
    ) == [release]
    assert release.can_deny(cast.other_deployer)
    assert decide.approve(release.pk, cast.admin, digest=release.digest)[1]


def test_an_admin_who_became_a_deployer_no_longer_counts_there(cast):
    prod = provisioned("prod", settings={"approvers": "admins", "promote_from": "anywhere"})
    release = requested(prod, cast.deployer)
    decide.approve(release.pk, cast.admin, digest=release.digest)
    cast.admin.roles = [Role.DEPLOYER]
    cast.admin.save()
    assert "ada does not count" in Release.objects.get(pk=release.pk).tally().words


def test_an_image_that_was_deleted_after_the_approval_does_not_start(dev, cast, monkeypatch):
    release = requested(dev, cast.deployer)
    release.mark_approved()
    monkeypatch.setattr(images, "listed", lambda environment, role: [])
    found = images.find_problem(release.parsed_plan.images["api"], [])
    assert (
        found and "no longer exists" in found[0]
    )  # what the first step of the deployment says, before any call changes anything
    assert (
        dispatch.deploy(decide.locked(release.pk), cast.deployer).step_rows.first().name
        == "check_images"
    )
