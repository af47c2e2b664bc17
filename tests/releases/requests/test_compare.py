"""Any two releases side by side: what differs is shown, what is the same is counted, of one
environment or of two.
"""

import pytest
from django.urls import reverse

from releases.requests import comparison
from tests.portal.accounts.people import sign_in
from tests.releases.builders import deployed, requested

pytestmark = pytest.mark.django_db


def differing(left, right):
    """Return the names that differ, by section."""
    return {
        name: {change.name for change in found if change.kind}
        for name, found in comparison.compare_releases(left, right)
    }


def test_two_versions_of_one_environment_differ_in_what_runs(stage, cast):
    left, right = (
        deployed(stage, cast.deployer, "1.4.0", state="standby").release,
        requested(stage, cast.deployer, "1.5.0"),
    )
    found = differing(left, right)
    assert {"version", "commit", "api image", "api digest", "worker digest"} <= found["What runs"]
    assert found["Where"] == found["Variables"] == found["Secrets"] == set()


def test_one_version_in_two_environments_differs_in_where_it_runs(stage, prod, cast):
    found = differing(requested(stage, cast.deployer), requested(prod, cast.deployer))
    assert {"environment", "compartment", "subnet"} <= found[
        "Where"
    ] and "approvals needed" in found["Settings"]
    assert "version" not in found["What runs"]


def test_a_release_beside_itself_differs_in_nothing(stage, cast):
    release = requested(stage, cast.deployer)
    assert not any(differing(release, release).values())


def test_the_page_leads_to_the_commits_and_shows_no_secret_value(client, stage, cast):
    stage.settings = {
        **stage.settings,
        "repository_url": "https://git.example.com/team/conceptlens",
    }
    stage.save()
    left, right = requested(stage, cast.deployer, "1.4.0"), requested(stage, cast.deployer, "1.5.0")
    address = reverse("release-compare")
    page = (
        sign_in(client, cast.readonly).get(address, {"a": left.pk, "b": right.pk}).content.decode()
    )
    assert (
        f"https://git.example.com/team/conceptlens/compare/{left.git_sha}...{right.git_sha}" in page
    )
    assert "Identical." in page and "DATABASE_URL" not in page
    whole = client.get(address, {"a": left.pk, "b": right.pk, "all": "1"}).content.decode()
    assert "DATABASE_URL" in whole and "version 1" in whole


def test_without_two_releases_the_page_lets_one_choose(client, stage, cast):
    release = requested(stage, cast.deployer)
    sign_in(client, cast.readonly)
    assert (
        f"{release.pk}: 1.4.0 for stage" in client.get(reverse("release-compare")).content.decode()
    )
    for odd in ("999", "x", "9" * 30, "²"):
        assert (
            client.get(reverse("release-compare"), {"a": odd, "b": release.pk}).status_code == 404
        )
