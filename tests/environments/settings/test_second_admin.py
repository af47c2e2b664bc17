"""In a protected environment one admin alone removes no check of its releases."""

import json

import pytest

from environments.models import Environment
from portal.accounts.roles import Role
from portal.audit.models import Event
from portal.audit.verbs import Verb
from portal.lib.refusal import Refused
from tests.environments.settings.test_form import NETWORK, initial
from tests.portal.accounts.people import person, sign_in


@pytest.fixture
def prod(db):
    return Environment.objects.create(
        slug="prod",
        name="Production",
        position=3,
        owner="team",
        cost_center="c1",
        protected=True,
        settings=NETWORK,
    )


def save(client, user, prod, **typed):
    prod.refresh_from_db()
    sign_in(client, user)
    address = f"/admin/environments/environment/{prod.pk}/change/"
    values = {name: value for name, value in initial(prod).items() if value is not False}
    answer = client.post(address, {k: v for k, v in {**values, **typed}.items() if v is not False})
    prod.refresh_from_db()
    return answer


FEWER = [
    {"setting_approvals_needed": "0"},
    {"setting_promote_from": "anywhere"},
    {"protected": False},
]


@pytest.mark.parametrize("typed", FEWER)
def test_it_takes_a_second_admin(client, cast, another_admin, prod, typed):
    before = (prod.settings, prod.protected)
    answer = save(client, cast.admin, prod, **typed)
    assert answer.status_code == 200 and "It takes two admins" in answer.text
    again = save(client, cast.admin, prod, **typed).text
    assert "It takes two admins" in again and f"(requested by {cast.admin.username}, " in again
    assert (prod.settings, prod.protected) == before
    assert save(client, another_admin, prod, **typed).status_code == 302
    assert (prod.settings, prod.protected) != before


def test_the_trail_names_both_admins(client, cast, another_admin, prod):
    save(client, cast.admin, prod, setting_approvals_needed="1")
    assert trail(Verb.ENVIRONMENT_CHANGED) == []
    asked = trail(Verb.ENVIRONMENT_CHANGE_REQUESTED)
    assert asked == [(cast.admin.actor, {"removes": {"approvals_needed": 1}})]
    save(client, another_admin, prod, setting_approvals_needed="1")
    ((actor, detail),) = trail(Verb.ENVIRONMENT_CHANGED)
    assert (actor, detail["requested_by"]) == (another_admin.actor, cast.admin.username)


def trail(verb):
    rows = Event.objects.filter(verb=verb).order_by("id")
    return [(row.actor, json.loads(row.body)["detail"]) for row in rows]


def test_the_second_must_ask_for_the_same(client, cast, another_admin, prod):
    save(client, cast.admin, prod, setting_approvals_needed="1")
    assert save(client, another_admin, prod, setting_approvals_needed="0").status_code == 200
    assert prod.setting("approvals_needed") == 2


def test_more_approvals_take_nobody_else(client, cast, prod):
    assert save(client, cast.admin, prod, setting_approvals_needed="3").status_code == 302


def test_no_other_way_to_the_settings_leads_round_it(prod):
    with pytest.raises(Refused, match="It takes two admins"):
        prod.change_settings({**NETWORK, "approvals_needed": 0}, actor="user:ada")


@pytest.fixture
def another_admin(cast):
    return person("zoe", name="Zoe Admin", roles=[Role.ADMIN])
