"""The smoke test on the button: who may, when not, and with which credentials not."""

import base64
import re
import socket
import time
from types import SimpleNamespace

import pytest

from environments.models import SecretReference
from portal.audit.verbs import Verb
from portal.cloud.errors import NotFoundOrForbidden
from portal.jobs.models import Job
from portal.lib.refusal import Forbidden, Refused
from releases.deployment import dispatch
from releases.smoke import probe
from releases.smoke.client import Credentials
from tests.patience import patient
from tests.releases.builders import requested

pytestmark = pytest.mark.django_db


def test_a_second_order_while_one_runs_is_the_same_job(dev, cast):
    assert probe.start(dev, cast.deployer) == probe.start(dev, cast.admin)
    assert Job.objects.count() == 1


@pytest.mark.parametrize("who", ["readonly", "auditor", "stranger"])
def test_those_who_only_look_do_not_run_it(dev, cast, who):
    with pytest.raises(Forbidden, match="may not run the smoke test of dev"):
        probe.start(dev, getattr(cast, who))


def test_beside_a_deployment_it_is_refused(dev, cast):
    release = requested(dev, cast.deployer)
    release.mark_approved()
    dispatch.deploy(release, cast.deployer)
    with pytest.raises(
        Refused, match=r"'Deploy 1\.4\.0 to dev' is running and includes the smoke test"
    ):
        probe.start(dev, cast.deployer)


def test_the_applications_built_in_credentials_fail_before_anything_is_asked(
    dev, monkeypatch, cast, audited
):
    monkeypatch.setattr(probe, "_read_secret", lambda *args: "admin")
    job = probe.start(dev, cast.deployer)
    kept = probe.run_test(dev, SimpleNamespace(), job=job, origin="button")
    assert not kept.passed and "publicly known defaults" in kept.words
    assert audited(Verb.SMOKE_TEST)[-1][1] == "failed"


def test_a_missing_secret_is_named(dev, cast):
    SecretReference.objects.filter(name="INSTRUCTOR_USERNAME").delete()
    with pytest.raises(Refused, match="dev has no secret INSTRUCTOR_USERNAME"):
        probe.run_test(dev, SimpleNamespace(), job=probe.start(dev, cast.deployer), origin="button")


def test_an_application_that_does_not_answer_is_a_failed_run_with_words(dev, monkeypatch, cast):
    monkeypatch.setattr(
        probe, "_read_secret", lambda environment, cloud, name, job: f"value-of-{name}"
    )
    dev.settings["listener_port"] = 1  # nothing listens there
    kept = probe.run_test(
        dev, SimpleNamespace(), job=probe.start(dev, cast.deployer), origin="button"
    )
    assert not kept.passed and "ConnectionRefusedError" in kept.words
    assert Credentials("a", "b").header not in str(kept.results)


def test_an_application_that_hangs_is_a_failed_run_in_bounded_time(dev, monkeypatch, cast):
    monkeypatch.setattr(
        "releases.smoke.probe._read_secret",
        lambda environment, cloud, name, job: f"value-of-{name}",
    )
    with socket.create_server(
        ("127.0.0.1", 0)
    ) as hangs:  # it accepts and never answers, as /health does without its database
        dev.settings = {
            **dev.settings,
            "smoke_url": f"http://127.0.0.1:{hangs.getsockname()[1]}",
            "smoke_seconds": 1,
        }
        began = time.monotonic()
        kept = probe.run_test(
            dev, SimpleNamespace(), job=probe.start(dev, cast.deployer), origin="button"
        )
    assert time.monotonic() - began < patient(3)
    assert re.fullmatch(r"health, judged by its body: no answer within (1|0\.\d+) s", kept.words)
    assert (
        kept.results[0]["ms"] >= 100
        and [row["state"] for row in kept.results[1:]] == ["not run"] * 16
    )
    assert kept.url == dev.settings["smoke_url"] and kept.request_id.startswith("portal-smoke-")


def test_the_credentials_come_from_the_secrets_that_the_settings_name(dev, cast):
    SecretReference.objects.create(
        environment=dev, name="TESTER", secret_ocid="ocid1.vaultsecret.oc1..tester"
    )
    dev.settings = {
        **dev.settings,
        "smoke_username": "TESTER",
        "smoke_password": "ocid1.vaultsecret.oc1..elsewhere",
    }
    asked = []

    def read(service, operation, ocid):
        asked.append(ocid)
        return SimpleNamespace(
            data={"secretBundleContent": {"content": base64.b64encode(ocid[-6:].encode()).decode()}}
        )

    pair = probe.credentials(dev, SimpleNamespace(read=read), job=probe.start(dev, cast.deployer))
    assert asked == ["ocid1.vaultsecret.oc1..tester", "ocid1.vaultsecret.oc1..elsewhere"]
    assert pair == Credentials("tester", "ewhere")


def test_a_secret_that_the_portal_may_not_read_names_the_policy_that_is_missing(dev, cast):
    def read(*args):
        raise NotFoundOrForbidden(
            "no",
            status=404,
            code="NotAuthorizedOrNotFound",
            request_id="r-1",
            operation="get_secret_bundle",
        )

    with pytest.raises(
        Refused, match="may not read the secret INSTRUCTOR_USERNAME of dev"
    ) as refused:
        probe.credentials(dev, SimpleNamespace(read=read), job=probe.start(dev, cast.deployer))
    assert "manage.py portal_policy" in refused.value.next_step and "r-1" in refused.value.message
