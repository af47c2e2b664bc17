"""The identity provider ends a person's sessions by a signed token."""

import time

import pytest
from django.test import Client

from portal.accounts.claims import LOGOUT_EVENT
from portal.audit.models import Event
from tests.portal.accounts.provider_double import OTHER_RSA_KEY, sign_in_through

ADDRESS = "/oidc/backchannel-logout/"


@pytest.fixture
def browsers(provider, db):
    """Return two browsers of dan in two sessions of the provider, and one of eve."""
    found = {}
    for name, sub, sid in (("dan-1", "dan", "s1"), ("dan-2", "dan", "s2"), ("eve", "eve", "s3")):
        provider.sub, provider.claims = sub, {"sid": sid}
        found[name] = Client()
        sign_in_through(found[name], provider, code=name)
    return found


def token(provider, key=None, **changes):
    """Return a logout token."""
    provider.sub, provider.nonce = "dan", ""
    provider.claims = {
        "events": {LOGOUT_EVENT: {}},
        "jti": "j1",
        "nonce": None,
        **changes,
    }
    return provider.token(**({"key": key} if key else {}), typ="logout+jwt")


def inside(browsers):
    return {name for name, one in browsers.items() if "identity" in one.session}


def leave(provider, **changes):
    return Client().post(ADDRESS, {"logout_token": token(provider, **changes)})


def test_all_sessions_of_the_person_end_and_no_other(provider, browsers):
    assert leave(provider).status_code == 200
    assert inside(browsers) == {"eve"}
    rows = Event.objects.filter(verb="access.logout")
    assert {row.actor for row in rows} == {"user:dan"} and rows.count() == 2


def test_a_session_id_ends_that_session_alone(provider, browsers):
    assert leave(provider, sid="s2").status_code == 200
    assert inside(browsers) == {"dan-1", "eve"}
    assert leave(provider, sub=None, sid="s1").status_code == 200
    assert inside(browsers) == {"eve"}


def test_the_same_token_again_does_nothing_more(provider, browsers):
    assert [leave(provider).status_code, leave(provider).status_code] == [200, 200]
    assert Event.objects.filter(verb="access.logout").count() == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"events": {}}, "does not speak of a sign-out"),
        ({"events": [LOGOUT_EVENT]}, "does not speak of a sign-out"),
        ({"nonce": "n"}, "is an ID token"),
        ({"sub": None}, "neither a person nor a session"),
        ({"sub": {"$ne": ""}}, "neither a person nor a session"),
        ({"aud": "another"}, "another application"),
        ({"iss": "https://else.example"}, "another issuer"),
        ({"iat": int(time.time()) - 3600}, "too long ago"),
        ({"key": OTHER_RSA_KEY}, "signature"),
    ],
)
def test_a_token_that_is_not_right_ends_nothing(provider, browsers, changes, said):
    answer = leave(provider, **changes)
    assert (answer.status_code, said in answer.json()["error_description"]) == (400, True)
    assert inside(browsers) == {"dan-1", "dan-2", "eve"}
    assert Event.objects.filter(verb="access.login_failed").count() == 1


@pytest.mark.parametrize("form", [{}, {"logout_token": ""}, {"logout_token": "x" * 20_000}])
def test_no_token_is_refused(form, db):
    assert Client().post(ADDRESS, form).status_code == 400


def test_it_is_asked_by_post_alone(client, db):
    assert client.get(ADDRESS).status_code == 405
