"""A plan names everything that will run, by reference where it is secret, and notices when
the environment moved on.
"""

from dataclasses import replace

import pytest

from environments.models import ManagedResource, SecretReference
from portal.lib.canonical import digest
from portal.lib.refusal import Refused
from releases.deployment import instance, migration
from releases.models import Deployment
from releases.requests import planning
from tests.releases.builders import deployed, image, requested

pytestmark = pytest.mark.django_db


def make(environment, version="1.4.0"):
    images = {role: image(environment, role, version) for role in ("api", "worker")}
    return planning.make(environment, version=version, git_sha="abcdef1", images=images)


def digest_of(plan):
    return digest(plan.as_json())


def test_two_plans_of_the_same_moment_have_one_digest(dev):
    assert digest_of(make(dev)) == digest_of(make(dev)) != digest_of(make(dev, "1.4.1"))


def test_secrets_are_references_with_their_versions(dev):
    made = make(dev)
    assert {secret.name: secret.version for secret in made.secrets}["DATABASE_URL"] == 1
    variables = instance.environment_variables(made)
    assert variables["DATABASE_URL_SECRET_OCID"].startswith("ocid1.vaultsecret.")
    assert not {"DATABASE_URL", "INSTRUCTOR_PASSWORD", "OPENAI_API_KEY"} & variables.keys()


def test_the_application_runs_in_production_mode_with_named_origins(dev):
    assert make(dev).variables == {
        "APP_ENV": "production",
        "CORS_ALLOWED_ORIGINS": "http://127.0.0.1:80",
    }
    dev.settings = {"cors_allowed_origins": ["https://a.example", "https://b.example"]}
    assert make(dev).variables["CORS_ALLOWED_ORIGINS"] == "https://a.example,https://b.example"


def test_it_says_what_is_replaced_and_what_is_removed(dev, cast):
    deployed(dev, cast.deployer, "1.2.0", state=Deployment.State.STANDBY)
    deployed(dev, cast.deployer, "1.3.0")
    made = make(dev)
    assert made.previous.version == "1.3.0" and [old.version for old in made.retire] == ["1.2.0"]
    labels = [step.label for step in made.steps]
    assert "Drain 1.3.0" in labels and labels[0].startswith("Check that both images")


def test_an_environment_that_is_not_provisioned_is_refused_with_the_way_on(dev):
    ManagedResource.objects.filter(key="load_balancer").delete()
    with pytest.raises(Refused, match=r"dev has no load_balancer yet\. Plan and apply dev first"):
        make(dev)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda dev, user: SecretReference.objects.filter(name="DATABASE_URL").update(
                version_number=2
            ),
            "the versions of the secrets",
        ),
        (lambda dev, user: deployed(dev, user, "1.3.9"), "the release that is live"),
        (
            lambda dev, user: dev.settings.update(backend_port=9000),
            "the environment's resources or settings",
        ),
        (
            lambda dev, user: dev.settings.update(cors_allowed_origins=["https://a.example"]),
            "the environment variables",
        ),
        (lambda dev, user: dev.settings.update(approvals_needed=2), "the number of approvals"),
    ],
)
def test_a_plan_notices_what_changed(dev, cast, change, words):
    made = make(dev)
    assert planning.stale(dev, made) == []
    change(dev, cast.deployer)
    assert words in planning.stale(dev, made)


def details(dev, role, **more):
    return instance.details(
        make(dev), role, 1, job="0123456789abcdef", domain="AD-1", namespace="ns", **more
    )


def test_an_api_instance_has_a_health_check_and_is_found_again_by_its_tags(dev):
    body = details(dev, "api")
    container = body["containers"][0]
    assert (
        container["imageUrl"]
        == "ocir.us-ashburn-1.oci.oraclecloud.com/ns/conceptlens-dev/api:1.4.0"
    )
    assert container["healthChecks"][0]["path"] == "/health" and "command" not in container
    assert body["displayName"] == "conceptlens-dev-api-1.4.0-01234567-1"
    assert (
        body["freeformTags"]["portal-job"] == "0123456789abcdef"
        and body["freeformTags"]["env"] == "dev"
    )
    assert body["vnics"][0]["isPublicIpAssigned"] is False
    assert body == details(dev, "api")  # the second try of a step sends the same bytes


def test_a_container_has_time_to_start_and_is_not_killed_by_its_check(dev):
    (check,) = details(dev, "api")["containers"][0]["healthChecks"]
    assert (check["initialDelayInSeconds"], check["failureAction"]) == (30, "NONE")
    dev.settings = {"check_delay_seconds": 90}
    (check,) = details(dev, "api")["containers"][0]["healthChecks"]
    assert check["initialDelayInSeconds"] == 90


def test_a_worker_is_told_what_to_run_since_its_image_would_start_the_api(dev):
    container = details(dev, "worker")["containers"][0]
    assert (
        container["arguments"] == ["python", "-m", "app.workers.compute_worker"]
        and "healthChecks" not in container
    )


def test_no_container_displaces_the_entry_point_that_reads_the_secrets(dev):
    made = replace(make(dev), migration=migration.plan("b3c4d5e6f7a8"))
    once = instance.migration(made, job="0123456789abcdef", domain="AD-1", namespace="ns")
    assert once["containers"][0]["arguments"][-1] == "b3c4d5e6f7a8"
    for body in (once, details(dev, "worker"), details(dev, "api")):
        assert "command" not in body["containers"][0]


def test_a_raised_number_of_approvals_is_kept_by_the_database_too(dev, cast):
    release = requested(dev, cast.deployer)
    assert release.needed == 0
    dev.settings["approvals_needed"] = 3
    dev.save()
    assert requested(dev, cast.deployer, "1.4.1").needed == 3


def test_other_labels_of_the_same_steps_are_no_change(dev):
    made = make(dev)
    renamed = [replace(step, label=f"Former label of {step.name}") for step in made.steps]
    assert planning.stale(dev, replace(made, steps=renamed)) == []
    assert planning.stale(dev, replace(made, steps=renamed[1:])) == ["the steps"]
