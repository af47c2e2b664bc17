"""Before each call a job asks again whether the person who started it, or owns the token that
did, still may.
"""

from types import SimpleNamespace

import pytest

from portal.jobs.kinds import load_kind
from portal.jobs.models import Job
from portal.lib.refusal import Forbidden
from releases.approvals import decide
from releases.deployment import dispatch, rollback
from releases.deployment.steps import smoke
from releases.models import Deployment
from releases.scaling import scale
from releases.scaling.target import read, settings
from releases.smoke import probe
from tests.releases.builders import deployed, requested

pytestmark = pytest.mark.django_db


def deployment(environment, user):
    release = requested(environment, user)
    release.mark_approved()
    return dispatch.deploy(decide.locked(release.pk), user)


def instant_rollback(environment, user):
    deployed(environment, user, "1.3.0", state=Deployment.State.STANDBY)
    deployed(environment, user, "1.4.0")
    return rollback.start(environment, user, "slow")


def quick_rollback(environment, user):
    deployed(environment, user, "1.3.0", state=Deployment.State.RETIRED)
    deployed(environment, user, "1.4.0")
    return rollback.start(environment, user, "slow")


def change_of_scale(environment, user):
    live = deployed(environment, user, "1.4.0")
    there = settings(scale.now(environment, live))
    return scale.scale(environment, user, read({**there, "api_instances": 2}), "more load")


def publication(environment, user):
    spec = {"plan": {"place": {}, "bundle": None, "frontend": None}}
    return dispatch.submit("releases.publish", environment="dev", actor=user.actor, spec=spec)


MUTATING = [deployment, instant_rollback, quick_rollback, change_of_scale, publication]


def started_by(job, actor):
    """Return the job as if the actor had started it; in the database that is frozen."""
    job.actor = actor
    return job


def take_roles(user):
    user.roles = []
    user.save()


@pytest.mark.parametrize("start", MUTATING)
@pytest.mark.parametrize("actor", ["user:{}", "token:{}/ci"])
def test_a_starter_who_lost_the_role_is_refused_before_the_next_call(dev, cast, start, actor):
    user = cast.deployer
    job = started_by(start(dev, user), actor.format(user.username))
    load_kind(job.kind).admit(job)
    take_roles(user)
    with pytest.raises(
        Forbidden, match=rf"{user.username}, who started it, may no longer"
    ) as refused:
        load_kind(job.kind).admit(job)
    assert refused.value.act.environment == "dev" and "Cancel the job" in refused.value.next_step


@pytest.mark.parametrize("start", MUTATING)
def test_the_way_back_is_always_open(dev, cast, start):
    job = start(dev, cast.deployer)
    take_roles(cast.deployer)
    Job.objects.filter(pk=job.pk).update(undoing=True)
    load_kind(job.kind).admit(Job.objects.get(pk=job.pk))


@pytest.mark.parametrize("start", MUTATING[1:])
def test_what_the_portal_starts_itself_is_not_asked(dev, cast, start):
    job = started_by(start(dev, cast.deployer), "system:schedule")
    take_roles(cast.deployer)
    load_kind(job.kind).admit(job)


@pytest.mark.parametrize("actor", ["user:{}", "token:{}/ci"])
def test_a_smoke_test_is_refused_before_a_secret_is_read(dev, cast, monkeypatch, actor):
    user = cast.deployer
    job = started_by(probe.start(dev, user), actor.format(user.username))
    monkeypatch.setattr(probe, "run_test", lambda *args, **kwargs: pytest.fail("it was run"))
    take_roles(user)
    ctx = SimpleNamespace(job=job, spec=job.spec)
    with pytest.raises(Forbidden, match="may no longer run the smoke test of dev"):
        smoke.step(origin="button").run(ctx)
