"""The smoke test on the button: who may, when not, and with which credentials not."""

from types import SimpleNamespace

import pytest

from environments.models import SecretReference
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.refusal import Forbidden, Refused
from releases import dispatch, probe
from releases.smoke.client import Credentials
from tests.releases.builders import requested

pytestmark = pytest.mark.django_db


def test_a_second_order_while_one_runs_is_the_same_job(dev, cast):
    assert probe.order(dev, cast.deployer) == probe.order(dev, cast.admin)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("who", ["readonly", "auditor", "stranger"])
def test_those_who_only_look_do_not_run_it(dev, cast, who):
    with pytest.raises(Forbidden, match="may not run the smoke test of dev"):
        probe.order(dev, getattr(cast, who))


def test_beside_a_deployment_it_is_refused(dev, cast):
    release = requested(dev, cast.deployer)
    release.mark_approved()
    dispatch.deploy(release, cast.deployer)
    with pytest.raises(Refused, match=r"'Deploy 1\.4\.0 to dev' is under way and runs the smoke test itself"):
        probe.order(dev, cast.deployer)


def test_the_applications_built_in_credentials_fail_before_anything_is_asked(dev, monkeypatch, cast, audited):
    monkeypatch.setattr(probe, "_secret", lambda *args: "admin")
    job = probe.order(dev, cast.deployer)
    kept = probe.run(dev, SimpleNamespace(), job=job)
    assert not kept.passed and "built-in pair, which everybody knows" in kept.words
    assert audited(Verb.SMOKE_TEST)[-1][1] == "failed"


def test_a_missing_secret_is_named(dev, cast):
    SecretReference.objects.filter(name="INSTRUCTOR_USERNAME").delete()
    with pytest.raises(Refused, match="dev has no secret INSTRUCTOR_USERNAME"):
        probe.run(dev, SimpleNamespace(), job=probe.order(dev, cast.deployer))


def test_an_application_that_does_not_answer_is_a_failed_run_with_words(dev, monkeypatch, cast):
    monkeypatch.setattr(probe, "_secret", lambda environment, cloud, name, job: f"value-of-{name}")
    dev.settings["listener_port"] = 1  # nothing listens there
    kept = probe.run(dev, SimpleNamespace(), job=probe.order(dev, cast.deployer))
    assert not kept.passed and "ConnectionRefusedError" in kept.words
    assert Credentials("a", "b").header not in str(kept.results)
