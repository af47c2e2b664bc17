"""Approving: others only, this plan only, once each; the last one starts the deployment."""

import pytest

from environments.models import SecretReference
from portal.accounts.roles import Role
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Forbidden, Refused
from releases.approvals import decide
from releases.models import Deployment, Release
from tests.releases.builders import deployed, requested

pytestmark = pytest.mark.django_db


def state(release):
    return Release.objects.get(pk=release.pk).state


def test_one_approval_on_stage_starts_the_deployment(stage, cast, audited):
    release = requested(stage, cast.deployer)
    decided, job = decide.approve(
        release.pk, cast.other_deployer, digest=release.digest, comment="looks good"
    )
    assert state(release) == "deploying" and decided.job == job
    assert (
        job.kind == "releases.deploy"
        and job.environment == "stage"
        and job.spec["plan"] == release.plan
    )
    assert Deployment.objects.get(job=job).state == "starting"
    assert audited(Verb.RELEASE_APPROVED) == [
        ("user:dora", "done", {"version": "1.4.0", "plan": release.digest, "comment": "looks good"})
    ]
    assert audited(Verb.RELEASE_DEPLOY)[0][:2] == ("user:dora", "done")


def test_prod_takes_two(prod, cast):
    release = requested(prod, cast.deployer)
    _, job = decide.approve(release.pk, cast.other_deployer, digest=release.digest)
    assert job is None and state(release) == "requested"
    _, job = decide.approve(release.pk, cast.admin, digest=release.digest)
    assert job is not None and state(release) == "deploying"


def test_the_requester_is_refused_in_words(stage, cast):
    release = requested(stage, cast.deployer)
    with pytest.raises(
        Refused, match=r"requested release .* cannot approve it: that takes another person"
    ):
        decide.approve(release.pk, cast.deployer, digest=release.digest)
    assert not release.approvals.exists()


def test_even_an_admin_cannot_approve_their_own_request(stage, cast):
    release = requested(stage, cast.admin)
    with pytest.raises(Refused, match="takes another person"):
        decide.approve(release.pk, cast.admin, digest=release.digest)


@pytest.mark.parametrize("who", ["readonly", "auditor", "stranger"])
def test_others_without_the_role_are_forbidden(stage, cast, who):
    release = requested(stage, cast.deployer)
    with pytest.raises(Forbidden, match="may not approve release"):
        decide.approve(release.pk, getattr(cast, who), digest=release.digest)
    assert state(release) == "requested"


def test_approving_twice_is_refused(prod, cast):
    release = requested(prod, cast.deployer)
    decide.approve(release.pk, cast.admin, digest=release.digest)
    with pytest.raises(Refused, match="already approved this release"):
        decide.approve(release.pk, cast.admin, digest=release.digest)
    assert release.approvals.count() == 1


def test_another_plan_than_the_one_on_the_page_is_refused(stage, cast):
    release = requested(stage, cast.deployer)
    with pytest.raises(Refused, match="You approve the plan sha256:0"):
        decide.approve(release.pk, cast.admin, digest="sha256:" + "0" * 64)


def test_a_plan_that_the_environment_outgrew_is_refused_by_naming_what_changed(stage, cast):
    release = requested(stage, cast.deployer)
    SecretReference.objects.filter(environment=stage, name="DATABASE_URL").update(version_number=2)
    deployed(stage, cast.admin, "1.3.9")
    with pytest.raises(
        Refused,
        match="this changed: the release that is live, the versions of the secrets, the steps",
    ):
        decide.approve(release.pk, cast.admin, digest=release.digest)


def test_an_approver_who_lost_the_role_does_not_count_any_more(prod, cast):
    release = requested(prod, cast.deployer)
    decide.approve(release.pk, cast.other_deployer, digest=release.digest)
    cast.other_deployer.roles = [Role.READONLY]
    cast.other_deployer.save()
    _, job = decide.approve(release.pk, cast.admin, digest=release.digest)
    assert job is None and state(release) == "requested"
    assert "dora does not count: the approver no longer holds the role" in release.tally().words


def test_a_busy_environment_leaves_the_release_approved_for_anybody_to_deploy(stage, cast):
    release = requested(stage, cast.deployer)
    submit(
        "releases.rollback",
        environment="stage",
        actor="user:ada",
        title="other work",
        spec=_other_work(stage, cast),
    )
    _, job = decide.approve(release.pk, cast.admin, digest=release.digest)
    assert job is None and state(release) == "approved"
    assert Job.objects.count() == 1 and not Deployment.objects.filter(state="starting").exists()


def _other_work(environment, cast):
    facts = {"deployment": 0, "version": "1", "api": [], "workers": []}
    return {"mode": "instant", "from": facts, "to": facts, "plan": {"place": {}}}


@pytest.mark.parametrize("act", ["mark_denied", "mark_withdrawn"])
def test_what_is_decided_takes_no_approval(stage, cast, act):
    release = requested(stage, cast.deployer)
    getattr(release, act)(cast.admin, "no")
    with pytest.raises(Refused, match="can no longer be approved"):
        decide.approve(release.pk, cast.admin, digest=release.digest)


def test_denying_is_final_and_tells_why(stage, cast, audited):
    release = requested(stage, cast.deployer)
    decide.deny(release.pk, cast.admin, reason="the migration is missing")
    assert state(release) == "denied"
    assert audited(Verb.RELEASE_DENIED) == [
        ("user:ada", "done", {"version": "1.4.0", "reason": "the migration is missing"})
    ]
    with pytest.raises(Refused, match="is denied: it cannot become denied"):
        decide.deny(release.pk, cast.other_deployer, reason="again")


def test_denying_takes_a_reason_and_another_person(stage, cast):
    release = requested(stage, cast.deployer)
    with pytest.raises(Refused, match="reason: say why"):
        decide.deny(release.pk, cast.admin, reason=" ")
    with pytest.raises(Forbidden):
        decide.deny(release.pk, cast.deployer, reason="changed my mind")
    with pytest.raises(Forbidden):
        decide.deny(release.pk, cast.readonly, reason="do not like it")


def test_the_requester_withdraws_instead(stage, cast, audited):
    release = requested(stage, cast.deployer)
    decide.withdraw(release.pk, cast.deployer, reason="wrong commit")
    assert state(release) == "withdrawn" and audited(Verb.RELEASE_WITHDRAWN)[0][0] == "user:dan"
    with pytest.raises(Forbidden):
        decide.withdraw(requested(stage, cast.deployer).pk, cast.admin, reason="not mine")
