"""What happens when the identity provider changes its mind about somebody who is signed in,
or falls silent.
"""

import pytest
from django.test import Client

from portal.accounts.models import User
from tests.portal.accounts.provider_double import sign_in_through
from tests.portal.accounts.trail import trail

pytestmark = pytest.mark.django_db
CHANGE = "/accounts/sessions/"  # any unsafe request will do: the gate stands in front of all
LOOK = "/admin/"


@pytest.fixture
def signed_in(client, provider, settings):
    """Sign Dan in, with the production rule that every change asks the provider."""
    settings.IDENTITY_WRITE_SECONDS = 0
    sign_in_through(client, provider)
    provider.calls.clear()
    return client


def age(client, *, checked: int = 0, signed_in: int = 0, ends: int = 0, asked: int = 0) -> None:
    session = client.session
    identity = session["identity"]
    identity["checked_at"] -= checked
    identity["asked_at"] -= asked
    identity["signed_in_at"] -= signed_in
    identity["token_ends_at"] -= ends
    session["identity"] = identity
    session.save()


def test_it_asks_the_provider_before_every_change(signed_in, provider):
    assert signed_in.post(CHANGE, {}).status_code == 302
    assert provider.calls == ["/userinfo"]


def test_it_asks_for_every_unsafe_method(signed_in, provider):
    for method in ("post", "put", "patch", "delete"):
        getattr(signed_in, method)(LOOK)
    assert provider.calls == ["/userinfo"] * 4


def test_it_looks_for_a_minute_without_asking(signed_in, provider):
    signed_in.get(LOOK)
    assert provider.calls == []


def test_it_asks_again_after_a_minute_of_looking(signed_in, provider):
    age(signed_in, checked=61)
    assert signed_in.get(LOOK).status_code == 200
    assert signed_in.get(LOOK).status_code == 200
    assert provider.calls == ["/userinfo"]


def test_a_group_revoked_takes_effect_on_the_next_change(signed_in, provider):
    provider.groups = []
    answer = signed_in.post(CHANGE, {})
    assert answer.status_code == 403 and b"Nothing was done" in answer.content
    assert "_auth_user_id" not in signed_in.session
    assert User.objects.get(subject="dan").roles == []
    assert trail("access.refused")[-1]["actor"] == "user:dan"


def test_a_group_revoked_ends_looking_within_a_minute(signed_in, provider):
    provider.groups = []
    age(signed_in, checked=61)
    assert signed_in.get(LOOK).status_code == 403


def test_a_group_changed_takes_effect_on_the_next_change(signed_in, provider):
    provider.groups = ["conceptlens-ops-readonly"]
    signed_in.post(CHANGE, {})
    assert User.objects.get(subject="dan").roles == ["conceptlens-ops-readonly"]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_an_account_disabled_at_the_provider_ends_the_session(signed_in, provider, status):
    provider.answers["/userinfo"] = (status, {"error": "invalid_token"})
    assert signed_in.post(CHANGE, {}).status_code == 403
    assert signed_in.get(LOOK).status_code == 302


def test_another_person_behind_the_token_ends_the_session(signed_in, provider):
    provider.facts = {"sub": "ada"}
    assert signed_in.post(CHANGE, {}).status_code == 403


def test_it_ends_every_session_of_the_person_at_the_next_request(signed_in, provider):
    other = Client()
    sign_in_through(other, provider, "code-2")
    provider.groups = []
    signed_in.post(CHANGE, {})
    assert other.get(LOOK).status_code == 403


def test_a_silent_provider_stops_changes_and_says_so(signed_in, provider):
    provider.answers["/userinfo"] = (503, {})
    answer = signed_in.post(CHANGE, {})
    assert answer.status_code == 424
    assert (
        b"identity provider does not answer" in answer.content and b"break-glass" in answer.content
    )
    assert trail("access.refused")[-1]["outcome"] == "refused"
    assert signed_in.get(LOOK).status_code == 200, "looking goes on"


def test_a_silent_provider_lets_people_look_and_says_so(signed_in, provider):
    provider.answers["/userinfo"] = (503, {})
    age(signed_in, checked=61)
    assert b"nothing can be changed until it does" in signed_in.get(LOOK).content


def test_looking_does_not_wait_for_a_silent_provider_each_time(signed_in, provider):
    provider.answers["/userinfo"] = (503, {})
    age(signed_in, checked=61)
    for _ in range(5):
        signed_in.get(LOOK)
    assert provider.calls == ["/userinfo"]


def test_changes_go_on_when_the_provider_is_back(signed_in, provider):
    provider.answers["/userinfo"] = (503, {})
    signed_in.post(CHANGE, {})
    del provider.answers["/userinfo"]
    assert signed_in.post(CHANGE, {}).status_code == 302


def test_a_token_that_ran_out_sends_looking_by_the_provider(signed_in):
    age(signed_in, checked=61, ends=7200)
    answer = signed_in.get("/admin/?q=1")
    assert answer["Location"] == "/oidc/authenticate/?next=/admin/%3Fq%3D1"


def test_a_token_that_ran_out_asks_before_a_change(signed_in):
    age(signed_in, checked=61, ends=7200)
    answer = signed_in.post(CHANGE, {})
    assert answer.status_code == 403 and b"Sign in again" in answer.content


def test_a_stolen_cookie_in_another_browser_changes_nothing(signed_in, provider):
    answer = signed_in.post(CHANGE, {}, headers={"User-Agent": "thief"})
    assert answer.status_code == 403 and b"another browser" in answer.content
    assert "_auth_user_id" not in signed_in.session
    assert provider.calls == []


def test_an_account_switched_off_here_ends_at_once(signed_in):
    User.objects.update(is_active=False)
    assert signed_in.get(LOOK).status_code in (302, 403)
    assert signed_in.post(CHANGE, {}).status_code in (302, 403)


def test_leaving_works_while_the_provider_is_silent(signed_in, provider):
    provider.answers["/userinfo"] = (503, {})
    answer = signed_in.post("/accounts/logout/")
    assert answer.status_code == 200
    assert f"{provider.issuer}/end?client_id=portal".encode() in answer.content
    assert "_auth_user_id" not in signed_in.session
    assert trail("access.logout")[-1]["actor"] == "user:dan"


@pytest.mark.parametrize("address", ["/accounts/logout/", "/oidc/logout/", "/admin/logout/"])
def test_leaving_takes_a_post(signed_in, address):
    assert signed_in.get(address).status_code == 405
    assert "_auth_user_id" in signed_in.session


def test_signing_in_again_is_possible_with_a_session_that_ran_out(signed_in, provider):
    age(signed_in, checked=61, ends=7200)
    assert sign_in_through(signed_in, provider, "code-2").status_code == 302
