"""Tag defaults: what is made in the compartment by hand carries the environment's tags too."""

import pytest

from environments.reconcile.converge import Converge
from portal.jobs.definition import Wait
from tests.environments.site import Context, Site

KEYS = [f"tag_default.{key}" for key in ("project", "env", "owner", "costCenter")]


@pytest.fixture
def site(simulator):
    site = Site(*KEYS)
    assert site.apply() == {}
    return site


def made_by_hand(site, name="by-hand"):
    body = {"compartmentId": site.results["compartment"]["ocid"], "name": name}
    return site.client.change("object_storage", "create_bucket", site.client.namespace, body).data


def test_what_somebody_makes_by_hand_is_tagged_by_itself(site):
    assert made_by_hand(site)["definedTags"]["conceptlens"] == {
        "project": "conceptlens",
        "env": "dev",
        "owner": "team",
        "costCenter": "cc-1",
    }


def test_they_are_read_in_one_call_and_a_second_apply_changes_nothing(site, simulator):
    before, calls = len(simulator.journal("list_tag_defaults")), len(site.calls)
    assert site.plan() == {}
    assert len(simulator.journal("list_tag_defaults")) == before + 1
    assert site.apply() == {}
    assert len(site.calls) == calls


def test_another_value_is_put_back_and_holds_for_what_is_made_from_then_on(site):
    ocid = site.results["tag_default.owner"]["ocid"]
    site.client.change(
        "identity", "update_tag_default", ocid, {"value": "nobody", "isRequired": True}
    )
    change = site.plan()["tag_default.owner"]
    assert sorted(difference.field for difference in change.differences) == ["isRequired", "value"]
    site.converge(change)
    assert site.plan() == {}
    assert made_by_hand(site)["definedTags"]["conceptlens"]["owner"] == "team"


def test_one_that_is_there_already_is_adopted_and_one_that_is_gone_is_made_again(site):
    site.forget("tag_default.env")
    assert site.plan()["tag_default.env"].action == "adopt"
    assert site.converge(site.plan()["tag_default.env"]).calls == []
    site.client.change("identity", "delete_tag_default", site.results["tag_default.env"]["ocid"])
    assert site.plan()["tag_default.env"].action == "create"
    assert site.apply() == {}


def test_a_namespace_retired_by_hand_is_told_in_words_and_brought_back_with_its_keys(site):
    site.client.change(
        "identity",
        "update_tag_namespace",
        site.results["tag_namespace"]["ocid"],
        {"isRetired": True},
    )
    changes = site.plan()
    assert set(changes) == {
        "tag_namespace",
        "tag.project",
        "tag.env",
        "tag.owner",
        "tag.costCenter",
    }
    assert "It is retired: none of its tags can be used." in changes["tag_namespace"].reason
    assert "It is retired and cannot be used" in changes["tag.env"].reason
    assert site.apply() == {}
    assert made_by_hand(site)["definedTags"]["conceptlens"]["env"] == "dev"


def test_a_key_is_not_brought_back_before_its_namespace(site):
    site.client.change(
        "identity",
        "update_tag_namespace",
        site.results["tag_namespace"]["ocid"],
        {"isRetired": True},
    )
    change = site.plan()["tag.env"]
    assert "tag_namespace" in change.want.all_needs()
    outcome = Converge(Context(site, "tag.env"), change).run()
    assert isinstance(outcome, Wait) and "Reactivate the tag namespace" in outcome.note
