"""The page of rights: in words, for everybody with a role, without OCI."""

import pytest

from environments.models import ManagedResource
from portal.lib.clock import now
from tests.portal.accounts.people import sign_in

ADDRESS = "/environments/dev/rights/"


@pytest.mark.parametrize("who", ["admin", "deployer", "readonly", "auditor"])
def test_everybody_with_a_role_reads_who_may_do_what(client, cast, dev, who):
    page = sign_in(client, getattr(cast, who)).get(ADDRESS)
    assert page.status_code == 200
    for said in (
        "conceptlens-deployers",
        "conceptlens-dev-worker",
        "may see values of secrets in compartment conceptlens-dev, only secret DATABASE_URL",
        (
            "may list, read, add and overwrite objects in compartment conceptlens-dev, only bucket "
            "conceptlens-dev-uploads"
        ),
        "objectstorage-us-ashburn-1",
        "No permissions here",
    ):
        assert said in page.text
    assert "${" not in page.text


def test_it_says_which_policies_are_in_oci(client, cast, dev):
    sign_in(client, cast.readonly)
    assert client.get(ADDRESS).text.count("not applied") == 3
    ManagedResource.objects.create(
        environment=dev,
        key="policy.people",
        kind="policy",
        ocid="ocid1.policy.x",
        state="ACTIVE",
        seen_at=now(),
    )
    assert client.get(ADDRESS).text.count("not applied") == 2


def test_a_stranger_and_nobody_see_nothing(client, cast, dev):
    assert client.get(ADDRESS).status_code == 302
    assert sign_in(client, cast.stranger).get(ADDRESS).status_code == 403


def test_an_unknown_environment_names_the_known_ones(client, cast, dev):
    page = sign_in(client, cast.admin).get("/environments/test/rights/")
    assert page.status_code == 404
    assert "dev, stage, prod" in page.text


def test_nothing_is_changed_from_it(client, cast, dev):
    assert sign_in(client, cast.admin).post(ADDRESS).status_code == 405


def test_the_environments_page_leads_to_it(client, cast, dev):
    assert f'href="{ADDRESS}"' in sign_in(client, cast.readonly).get("/environments/dev/").text
