"""The admin of releases: evidence is read only, actions confirm first and refuse as the pages
do.
"""

import pytest
from django.urls import reverse

from portal.audit.verbs import Verb
from releases.models import Approval, Release, SmokeRun, SmokeTest
from tests.portal.accounts.people import sign_in
from tests.releases.builders import deployed, requested

pytestmark = pytest.mark.django_db
LIST = "admin:releases_release_changelist"


def choose(client, user, action, *releases, **more):
    data = {"action": action, "_selected_action": [release.pk for release in releases], **more}
    return sign_in(client, user).post(reverse(LIST), data, follow=True)


def confirmed(client, user, action, *releases, **more):
    digests = {f"digest-{release.pk}": release.digest for release in releases}
    return choose(
        client, user, action, *releases, confirmed="yes", **digests, **more
    ).content.decode()


def test_approving_shows_first_what_it_binds_to(client, stage, cast):
    release = requested(stage, cast.deployer)
    page = choose(client, cast.admin, "approve", release).content.decode()
    assert (
        release.digest in page
        and "Approve 1.4.0 for stage?" in page
        and "Run the smoke test" in page
    )
    assert not Approval.objects.exists()


def test_approving_in_bulk_approves_each_and_tells_of_each(client, stage, prod, cast, audited):
    mine, other = requested(stage, cast.admin), requested(prod, cast.deployer)
    page = confirmed(client, cast.admin, "approve", mine, other)
    assert "takes another person" in page and "Approve: 1.4.0 for prod." in page
    assert [approval.release_id for approval in Approval.objects.all()] == [other.pk]
    assert sorted(row[1] for row in audited(Verb.RELEASE_APPROVED)) == ["done", "refused"]


def test_the_requester_is_refused_in_bulk_too(client, stage, cast):
    release = requested(stage, cast.deployer)
    confirmed(client, cast.deployer, "approve", release)
    assert Release.objects.get().state == "requested" and not Approval.objects.exists()


def test_denying_takes_the_reason_of_the_confirmation(client, stage, cast):
    release = requested(stage, cast.deployer)
    assert "reason: say why" in confirmed(client, cast.admin, "deny", release)
    confirmed(client, cast.admin, "deny", release, reason="not this week")
    assert Release.objects.get().reason == "not this week"


def test_deploying_starts_one_job(client, dev, cast):
    release = requested(dev, cast.deployer)
    release.mark_approved()
    assert "Deploy: 1.4.0 for dev." in confirmed(client, cast.deployer, "deploy", release)
    assert "cannot be deployed" in confirmed(client, cast.deployer, "deploy", release)
    assert Release.objects.get().state == "deploying"


def test_readers_see_no_action_and_cannot_force_one(client, stage, cast):
    release = requested(stage, cast.deployer)
    page = sign_in(client, cast.readonly).get(reverse(LIST)).content.decode()
    assert 'value="approve"' not in page
    confirmed(client, cast.readonly, "approve", release)
    assert not Approval.objects.exists()


@pytest.mark.parametrize("model", ["release", "deployment", "smokerun"])
def test_evidence_is_read_only_even_for_an_admin(client, stage, cast, model):
    row = {
        "release": requested,
        "deployment": lambda e, u: deployed(e, u, "1.4.0"),
        "smokerun": _run,
    }[model](stage, cast.admin)
    sign_in(client, cast.admin)
    base = f"admin:releases_{model}"
    assert client.get(reverse(f"{base}_change", args=[row.pk])).status_code == 200
    assert (
        client.post(reverse(f"{base}_change", args=[row.pk]), {"state": "approved"}).status_code
        == 403
    )
    assert client.post(reverse(f"{base}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert client.get(reverse(f"{base}_add")).status_code == 403


def _run(environment, user):
    from django.utils.timezone import now

    return SmokeRun.objects.create(
        environment=environment, passed=True, words="ok", results=[], started_at=now()
    )


def test_a_forged_inline_adds_no_approval(client, stage, cast):
    release = requested(stage, cast.deployer)
    forged = {
        "approvals-TOTAL_FORMS": "1",
        "approvals-INITIAL_FORMS": "0",
        "approvals-0-approver": str(cast.admin.pk),
    }
    forged |= {"approvals-0-requester": str(cast.deployer.pk), "approvals-0-digest": release.digest}
    answer = sign_in(client, cast.admin).post(
        reverse("admin:releases_release_change", args=[release.pk]), forged
    )
    assert answer.status_code == 403 and not Approval.objects.exists()


def test_the_list_of_smoke_tests_leads_to_the_editor_or_to_the_runs(client, stage, cast):
    test = SmokeTest.objects.for_environment(stage)
    address = reverse("admin:releases_smoketest_change", args=[test.pk])
    assert sign_in(client, cast.admin).get(address)["Location"] == reverse(
        "smoke-edit", args=["stage"]
    )
    assert sign_in(client, cast.deployer).get(address)["Location"] == reverse(
        "smoke", args=["stage"]
    )
    assert (
        client.post(address, {"steps": "[]"}).status_code == 302
        and SmokeTest.objects.get().number == 1
    )


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_costs_the_same_for_one_and_many(
    client, stage, cast, django_assert_max_num_queries, count
):
    for number in range(count):
        requested(stage, cast.deployer, f"1.{number}.0")
    sign_in(client, cast.admin)
    with django_assert_max_num_queries(13):
        client.get(reverse(LIST))
