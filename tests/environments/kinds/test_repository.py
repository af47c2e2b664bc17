"""A repository that a push made too early stands in the root compartment: refused in words,
and moved once it is tagged.
"""

import pytest

from environments.reconcile.observe import CloudReader
from portal.cloud.errors import AlreadyExists, NotFoundOrForbidden
from tests.environments.site import Site

KEY = "repository.api"
PATH = "conceptlens-dev/api"
TAGS = {"freeformTags": {"portal-environment": "dev", "portal-key": KEY}}


@pytest.fixture
def pushed(simulator):
    simulator.control("POST", "/images", {"repository": PATH, "tag": "1.0.0"})
    return Site(KEY)


def made(site):
    return site.client.pages("artifacts", "list_container_repositories", site.client.tenancy)[0]


def test_the_first_plan_refuses_it_and_says_where_it_is_and_what_to_do(pushed):
    change = pushed.plan()[KEY]
    assert (change.action, change.ocid) == ("refuse", made(pushed)["id"])
    assert f"It is in the compartment {pushed.client.tenancy}" in change.reason
    assert (
        "root compartment" in change.reason
        and "the next plan moves it here with its images" in change.reason
    )


def test_once_tagged_it_is_moved_with_its_images(pushed):
    pushed.client.change("artifacts", "update_container_repository", made(pushed)["id"], TAGS)
    assert pushed.plan()[KEY].action == "update"
    assert "compartmentId" in [difference.field for difference in pushed.plan()[KEY].differences]
    assert pushed.apply() == {}
    assert (KEY, "change_container_repository_compartment") in pushed.calls
    compartment = pushed.results["compartment"]["ocid"]
    assert pushed.found(KEY).wire["compartmentId"] == compartment
    images = pushed.client.pages(
        "artifacts", "list_container_images", compartment, repository_name=PATH
    )
    assert [image["version"] for image in images] == ["1.0.0"]


def test_one_that_the_portal_may_not_see_is_told_when_it_is_created(pushed, monkeypatch):
    look = CloudReader.list_all

    def only_its_own(self, service, operation, *args, **filters):
        if filters.get("compartment_id") == pushed.client.tenancy:
            raise NotFoundOrForbidden("no right to look there")
        return look(self, service, operation, *args, **filters)

    site = Site("compartment")
    site.apply()
    pushed.remembered = site.remembered
    monkeypatch.setattr(CloudReader, "list_all", only_its_own)
    assert pushed.plan()[KEY].action == "create"
    with pytest.raises(
        AlreadyExists, match=r"NAMESPACE_CONFLICT.*taken by a repository that the portal cannot see"
    ):
        pushed.apply()
