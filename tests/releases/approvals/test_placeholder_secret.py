"""A release whose containers would get the placeholder of a secret is blocked, with the way on."""

import pytest

from environments.models import SecretReference
from portal.lib.refusal import Refused
from releases.approvals import blockers, break_glass, decide
from releases.deployment import dispatch
from tests.releases.builders import requested

pytestmark = pytest.mark.django_db


def unset(environment, name):
    SecretReference.objects.filter(environment=environment, name=name).update(set_by="")


@pytest.mark.parametrize("name", ["DATABASE_URL", "INSTRUCTOR_PASSWORD"])
def test_it_says_which_secret_to_set_and_where(stage, cast, name):
    unset(stage, name)
    release = requested(stage, cast.deployer)
    with pytest.raises(Refused, match=f"blocked: no value was set in stage for {name}") as refused:
        decide.approve(release.pk, cast.other_deployer, digest=release.digest)
    assert f"/environments/stage/secrets/{name}/" in refused.value.next_step


def test_no_deployment_starts_with_it(dev, cast):
    release = requested(dev, cast.deployer)
    release.mark_approved()
    unset(dev, "DATABASE_URL")
    with pytest.raises(Refused, match="no value was set in dev for DATABASE_URL"):
        dispatch.deploy(release, cast.deployer)


def test_breaking_the_glass_does_not_waive_it(stage, cast):
    unset(stage, "DATABASE_URL")
    release = requested(stage, cast.deployer)
    with pytest.raises(Refused, match="no value was set in stage for DATABASE_URL"):
        break_glass.break_glass(
            release.pk, cast.admin, reason="the database burns down", incident="1"
        )


def test_a_placeholder_that_no_container_gets_blocks_nothing(stage, cast):
    unset(stage, "DATABASE_PASSWORD")
    assert blockers.blockers(requested(stage, cast.deployer)) == []
