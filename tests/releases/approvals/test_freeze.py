"""A freeze holds back approval, deployment and the first call; an admin other than the
requester overrides it.
"""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from portal.audit.verbs import Verb
from portal.jobs.models import Call, Job
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Invalid, Refused
from releases.approvals import blockers, decide, freeze
from releases.deployment import dispatch
from releases.jobs.deployment import DeployJob
from releases.models import FreezeOverride, FreezeWindow, Release
from tests.portal.accounts.matrix import check_doors
from tests.portal.accounts.people import sign_in
from tests.releases.builders import requested

pytestmark = pytest.mark.django_db


def freeze_now(*environments, name="Year end", hours=(-1, 1)):
    """Freeze environments from some hours before now until some hours after."""
    starts, ends = (f"{now() + timedelta(hours=each):%Y-%m-%d %H:%M}" for each in hours)
    window = FreezeWindow.objects.create(
        name=name, repeats="once", starts=starts, ends=ends, zone="UTC"
    )
    window.environments.set(environments)
    return window


def test_a_freeze_holds_in_its_environments_alone(stage, prod, cast):
    freeze_now(prod)
    assert freeze.frozen(prod).name == "Year end" and freeze.frozen(stage) is None


def test_a_window_that_is_switched_off_freezes_nothing(prod):
    window = freeze_now(prod)
    FreezeWindow.objects.filter(pk=window.pk).update(enabled=False)
    assert freeze.frozen(prod) is None


def test_nobody_approves_in_a_freeze(stage, cast, audited):
    release = requested(stage, cast.deployer)
    freeze_now(stage)
    with pytest.raises(Refused, match=r"stage is frozen \(Year end\) until") as refused:
        decide.approve(release.pk, cast.admin, digest=release.digest)
    assert "override the freeze" in refused.value.next_step and not release.approvals.exists()


def test_what_was_approved_before_is_not_deployed_in_it(dev, cast):
    release = requested(dev, cast.deployer)
    release.mark_approved()
    freeze_now(dev)
    with pytest.raises(Refused, match="dev is frozen"):
        dispatch.deploy(decide.locked(release.pk), cast.deployer)
    assert not Job.objects.exists()


def ordered(environment, user):
    release = requested(environment, user)
    release.mark_approved()
    return dispatch.deploy(decide.locked(release.pk), user)


def test_a_deployment_that_has_not_begun_waits_when_a_freeze_comes(dev, cast):
    job = ordered(dev, cast.deployer)
    DeployJob().admit(job)
    freeze_now(dev)
    with pytest.raises(Refused, match="dev is frozen"):
        DeployJob().admit(job)


def test_a_deployment_that_has_begun_goes_on_in_a_freeze(dev, cast):
    job = ordered(dev, cast.deployer)
    freeze_now(dev)
    step = job.step_rows.first()
    Call.objects.create(
        step=step,
        label="x",
        service="x",
        operation="y",
        token="t",
        request_digest="d",
        intent_at=now(),
    )
    DeployJob().admit(job)


def test_an_admin_overrides_it_for_one_release(stage, cast, audited):
    release, other = requested(stage, cast.deployer), requested(stage, cast.deployer, "1.5.0")
    freeze_now(stage)
    made = decide.override_freeze(release.pk, cast.admin, reason="The fix cannot wait.")
    assert "Year end, until" in made.freeze
    assert not blockers.blockers(Release.objects.get(pk=release.pk)) and blockers.blockers(other)
    actor, outcome, detail = audited(Verb.FREEZE_OVERRIDDEN)[0]
    assert (actor, outcome, detail["reason"]) == ("user:ada", "done", "The fix cannot wait.")
    _, job = decide.approve(release.pk, cast.other_deployer, digest=release.digest)
    assert job is not None
    DeployJob().admit(job)


@pytest.mark.parametrize("who", ["deployer", "other_deployer", "readonly", "auditor", "stranger"])
def test_nobody_else_overrides_it(stage, cast, who):
    release = requested(stage, cast.deployer)
    freeze_now(stage)
    with pytest.raises(Forbidden, match="may not override the freeze"):
        decide.override_freeze(release.pk, getattr(cast, who), reason="let me")
    assert not FreezeOverride.objects.exists()


def test_not_even_an_admin_for_his_own(stage, cast):
    release = requested(stage, cast.admin)
    freeze_now(stage)
    with pytest.raises(Forbidden):
        decide.override_freeze(release.pk, cast.admin, reason="let me")
    with pytest.raises(DatabaseError, match="override_is_not_the_requesters"), transaction.atomic():
        FreezeOverride.objects.create(
            release=release, requester=cast.admin, by=cast.admin, freeze="x", reason="y"
        )
    with pytest.raises(DatabaseError, match="override_names_the_requester"), transaction.atomic():
        FreezeOverride.objects.create(
            release=release, requester=cast.deployer, by=cast.admin, freeze="x", reason="y"
        )


def test_there_is_nothing_to_override_without_a_freeze_nor_twice_nor_without_a_reason(stage, cast):
    release = requested(stage, cast.deployer)
    with pytest.raises(Refused, match="its environment is not frozen"):
        decide.override_freeze(release.pk, cast.admin, reason="because")
    freeze_now(stage)
    with pytest.raises(Invalid, match="reason: say why"):
        decide.override_freeze(release.pk, cast.admin, reason=" ")
    made = decide.override_freeze(release.pk, cast.admin, reason="because")
    with pytest.raises(Refused, match="the freeze is overridden already"):
        decide.override_freeze(release.pk, cast.admin, reason="because")
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        FreezeOverride.objects.filter(pk=made.pk).update(reason="something else")


def test_the_page_says_until_when_and_offers_the_override_to_an_admin(stage, cast, client):
    release = requested(stage, cast.deployer)
    freeze_now(stage)
    page = sign_in(client, cast.admin).get(release.get_absolute_url()).content.decode()
    assert "stage is frozen (Year end) until" in page and "Override the freeze of stage" in page
    assert "Approve 1.4.0" not in page and "Deny" in page
    answer = client.post(
        reverse("release-override", args=[release.pk]), {"reason": "cannot wait"}, follow=True
    )
    assert (
        "overrides the freeze" in answer.content.decode()
        and "Approve 1.4.0" in answer.content.decode()
    )
    assert (
        "Override the freeze"
        not in sign_in(client, cast.other_deployer).get(release.get_absolute_url()).content.decode()
    )


def write(client, user, **fields):
    given = {
        "name": "Weekend",
        "repeats": "weekly",
        "starts": "Fri 16:00",
        "ends": "Mon 08:00",
        "zone": "Europe/Berlin",
    }
    return sign_in(client, user).post(
        reverse("admin:releases_freezewindow_add"), {**given, "enabled": "on", **fields}
    )


def test_an_admin_writes_a_window_and_reads_when_it_comes(stage, prod, cast, client, audited):
    assert write(client, cast.admin, environments=[stage.pk, prod.pk]).status_code == 302
    window = FreezeWindow.objects.get()
    assert audited(Verb.FREEZE_CHANGED)[0][2]["environments"] == ["stage", "prod"]
    page = client.get(
        reverse("admin:releases_freezewindow_change", args=[window.pk])
    ).content.decode()
    assert page.count("until <time") == 3 and "Defined in the time zone Europe/Berlin" in page
    client.post(reverse("admin:releases_freezewindow_delete", args=[window.pk]), {"post": "yes"})
    assert (
        audited(Verb.FREEZE_CHANGED)[1][2]["changed"] == ["deleted"]
        and not FreezeWindow.objects.exists()
    )


def test_what_is_no_window_is_refused_at_its_field(stage, cast, client):
    page = write(
        client, cast.admin, environments=[stage.pk], starts="Freitag 16:00", zone="Mars/Olympus"
    ).content.decode()
    assert (
        "must be a weekday with a time, such as Fri 16:00" in page and "is not a time zone" in page
    )
    assert "This field is required" in write(client, cast.admin).content.decode()
    assert not FreezeWindow.objects.exists()


def test_nobody_else_writes_windows(stage, cast, client):
    check_doors(cast, "post", reverse("admin:releases_freezewindow_add"), {"admin"})
    assert not FreezeWindow.objects.exists()


def test_the_preview_shows_what_is_being_written(cast, client):
    sign_in(client, cast.admin)
    where = reverse("freeze-preview")
    part = client.get(
        where, {"repeats": "weekly", "starts": "Fri 16:00", "ends": "Mon 08:00", "zone": "UTC"}
    ).content.decode()
    assert part.count("until") == 3
    part = client.get(
        where,
        {
            "repeats": "once",
            "starts": "2020-01-01 10:00",
            "ends": "2020-01-02 10:00",
            "zone": "UTC",
        },
    )
    assert "does not occur again" in part.content.decode()
    assert (
        "must be a weekday"
        in client.get(where, {"repeats": "x", "starts": "<b>", "zone": "UTC"}).content.decode()
    )
