"""What other pages show of releases: what is live, what changed, what waits for whom."""

import pytest

from portal.jobs.models import Job
from releases import current
from releases.models import Approval
from tests.releases.builders import deployed, requested, waiting_for

pytestmark = pytest.mark.django_db


def test_what_is_live_belongs_to_its_environment(dev, stage, cast):
    assert current.live(dev) is None
    one = deployed(dev, cast.deployer, "1.4.0")
    assert current.live(dev) == one and current.live(stage) is None


def test_a_request_waits_for_everybody_who_may_approve_but_its_requester(prod, cast):
    release = requested(prod, cast.deployer)
    waiting = {who: waiting_for("approval", getattr(cast, who)) for who in vars(cast)}
    assert waiting == {
        "admin": [release],
        "deployer": [],
        "other_deployer": [release],
        "readonly": [],
        "auditor": [],
        "stranger": [],
    }


def test_it_no_longer_waits_for_who_agreed(prod, cast):
    release = requested(prod, cast.deployer)
    Approval.objects.create(
        release=release, requester=cast.deployer, approver=cast.admin, digest=release.digest
    )
    assert waiting_for("approval", cast.admin) == [] and waiting_for(
        "approval", cast.other_deployer
    ) == [release]


def test_an_approved_release_that_nobody_deployed_waits_too(stage, dev, cast):
    release, quiet = requested(stage, cast.deployer), requested(dev, cast.deployer)
    quiet.mark_approved()
    Approval.objects.create(
        release=release, requester=cast.deployer, approver=cast.admin, digest=release.digest
    )
    release.mark_approved()
    assert waiting_for("approved", cast.deployer) == [
        release
    ]  # dev's, which nobody had to agree to, is its requester's own
    assert waiting_for("approved", cast.readonly) == []


def test_the_last_changes_are_those_of_this_environment_newest_first(dev, cast):
    def job(kind, title, environment="dev"):
        return Job.objects.create(
            kind=kind,
            environment=environment,
            mutating=False,
            title=title,
            actor="user:dan",
            code_version=1,
        )

    job("environments.apply", "Apply plan 1")
    job("environments.drift", "Drift")
    job("releases.deploy", "Deploy 1.4.0")
    job("releases.deploy", "Deploy elsewhere", "stage")
    found = current.last_changes(dev)
    assert [change.what for change in found] == ["Deploy 1.4.0", "Apply plan 1"]
    assert found[0].who == "dan" and found[0].url.startswith("/jobs/")
    assert len(current.last_changes(dev, limit=1)) == 1
