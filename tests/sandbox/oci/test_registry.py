"""Repositories and the images that are pushed to them."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def repository(estate):
    details = {"compartmentId": estate.compartment, "displayName": "conceptlens-dev/api"}
    return estate.clients.registry.create_container_repository(details).data


def _images(estate, **more):
    return estate.clients.registry.list_container_images(estate.compartment, **more).data.items


def test_a_repositorys_name_is_unique_in_the_tenancy(estate, repository, refusal):
    details = {"compartmentId": estate.tenancy, "displayName": "conceptlens-dev/api"}
    assert refusal(estate.clients.registry.create_container_repository, details) == (
        409,
        "NAMESPACE_CONFLICT",
    )
    assert (
        refusal(
            estate.clients.registry.create_container_repository, {**details, "displayName": "Upper"}
        )[0]
        == 400
    )
    assert repository.namespace == estate.clients.simulator.tenancy["namespace"]


def test_a_push_makes_an_image_whose_digest_follows_from_what_was_pushed(
    estate, simulator, repository
):
    first = simulator.push("conceptlens-dev/api", "1.4.0")
    assert simulator.push("conceptlens-dev/api", "1.4.0")["digest"] == first["digest"]
    bad = simulator.push("conceptlens-dev/api", "1.5.0-errors", "errors")
    assert bad["tag"] == "1.5.0-errors" and bad["digest"] != first["digest"]
    found = {
        image.version: image.digest
        for image in _images(estate, repository_name="conceptlens-dev/api")
    }
    assert found == {"1.4.0": first["digest"], "1.5.0-errors": bad["digest"]}
    assert [image.version for image in _images(estate, image_digest=first["digest"])] == ["1.4.0"]
    assert [image.version for image in _images(estate, version="1.5.0-errors")] == ["1.5.0-errors"]
    shown = estate.clients.registry.get_container_repository(repository.id).data
    assert shown.image_count == 2 and shown.time_last_pushed


def test_an_image_is_found_by_its_uri(estate, simulator, repository, refusal):
    pushed = simulator.push("conceptlens-dev/api", "1.4.0")
    lookup = estate.clients.registry.lookup_container_image_by_uri
    for uri in (
        pushed["image"],
        pushed["by_digest"],
        pushed["image"].replace("ocir.us-ashburn-1.oci.oraclecloud.com", "iad.ocir.io"),
    ):
        assert lookup({"imageUri": uri}).data.digest == pushed["digest"]
    assert refusal(lookup, {"imageUri": pushed["image"] + "x"})[0] == 404


def test_a_push_over_a_tag_moves_it(estate, simulator, repository):
    first = simulator.push("conceptlens-dev/api", "1.4.0")
    second = simulator.push("conceptlens-dev/api", "1.4.0", "errors")
    assert (second["tag"], second["digest"] != first["digest"]) == ("1.4.0", True)
    (tagged,) = _images(estate, version="1.4.0")
    assert tagged.digest == second["digest"]


def test_an_immutable_repository_refuses_a_push_over_a_tag(estate, simulator, repository):
    estate.clients.registry.update_container_repository(repository.id, {"isImmutable": True})
    first = simulator.push("conceptlens-dev/api", "1.4.0")
    with pytest.raises(AssertionError, match="immutable"):
        simulator.push("conceptlens-dev/api", "1.4.0", "errors")
    simulator.push("conceptlens-dev/api", "1.4.0")  # the same content is no change
    (tagged,) = _images(estate, version="1.4.0")
    assert tagged.digest == first["digest"]


def test_a_push_to_no_repository_makes_one_in_the_root_compartment(estate, simulator):
    simulator.push("new/thing", "1")
    found = estate.clients.registry.list_container_repositories(estate.tenancy).data.items
    assert [repository.display_name for repository in found] == ["new/thing"]


def test_a_repository_goes_with_its_images(estate, simulator, repository):
    simulator.push("conceptlens-dev/api", "1.4.0")
    estate.clients.registry.delete_container_repository(repository.id)
    assert {image.lifecycle_state for image in _images(estate)} == {"DELETED"}


def test_the_push_command_says_the_digest_or_why_not(simulator):
    command = [sys.executable, "-m", "sandbox.oci.push", "--control", simulator.control_url]
    done = subprocess.run(
        [*command, "conceptlens-dev/api", "1.4.0"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["digest"].startswith("sha256:")
    failed = subprocess.run([*command, "Upper", "1"], capture_output=True, text=True, check=False)
    assert failed.returncode == 1 and failed.stderr.startswith("the registry refused the image")
