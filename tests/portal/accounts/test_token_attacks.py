"""Attacks on the sign-in: crafted tokens, replayed answers, a provider that lies. All end in
a 4xx page with words.
"""

import base64
import json
import threading
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.patience import patient
from tests.portal.accounts.provider_double import (
    CLIENT,
    EC_KEY,
    OTHER_RSA_KEY,
    RSA_KEY,
    begin,
    come_back,
    published,
    sign_in_through,
)
from tests.portal.accounts.trail import everything, trail

pytestmark = pytest.mark.django_db
NOW = int(time.time())
HOUR = 3600


def check_refused(client, answer, reason: str) -> None:
    assert 400 <= answer.status_code < 500, answer.status_code
    assert f"Reason {reason}" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert [row["detail"]["reason"] for row in trail("access.login_failed")][-1:] == [reason]
    assert not trail("access.login") and "eyJ" not in everything()


CLAIMS = {
    "another audience": ({"aud": "another-app"}, "wrong_audience"),
    "another audience, listed": ({"aud": ["another-app", "third"]}, "wrong_audience"),
    "audience as a part of ours": ({"aud": "portal-2"}, "wrong_audience"),
    "audience that only contains our name": ({"aud": "the portal app"}, "wrong_audience"),
    "no audience": ({"aud": None}, "wrong_audience"),
    "empty audience": ({"aud": []}, "wrong_audience"),
    "audience of a wrong kind": ({"aud": {"portal": True}}, "wrong_audience"),
    "audience list with a wrong kind": ({"aud": [CLIENT, 7]}, "wrong_audience"),
    "shared with a third party": ({"aud": [CLIENT, "another-app"]}, "no_party"),
    "handed to another application": ({"azp": "another-app"}, "wrong_party"),
    "handed to another application, listed": (
        {"aud": [CLIENT, "another-app"], "azp": "another-app"},
        "wrong_party",
    ),
    "party of a wrong kind": ({"azp": [CLIENT]}, "wrong_party"),
    "another issuer": ({"iss": "https://evil.test"}, "wrong_issuer"),
    "no issuer": ({"iss": None}, "wrong_issuer"),
    "issuer as a list": ({"iss": ["x"]}, "wrong_issuer"),
    "no expiry": ({"exp": None}, "no_expiry"),
    "expired": ({"exp": NOW - HOUR}, "expired"),
    "expiry as text": ({"exp": "9999999999"}, "no_expiry"),
    "expiry as truth": ({"exp": True}, "no_expiry"),
    "expiry beyond all time": ({"exp": 10**30}, "no_expiry"),
    "no time of issue": ({"iat": None}, "no_issue_time"),
    "made in the future": ({"iat": NOW + HOUR, "exp": NOW + 2 * HOUR}, "from_the_future"),
    "made long ago": ({"iat": NOW - HOUR}, "too_old"),
    "not valid yet": ({"nbf": NOW + HOUR}, "not_yet_valid"),
    "validity of a wrong kind": ({"nbf": "soon"}, "not_yet_valid"),
    "nonce of another sign-in": ({"nonce": "another"}, "wrong_nonce"),
    "no nonce": ({"nonce": None}, "wrong_nonce"),
    "empty nonce": ({"nonce": ""}, "wrong_nonce"),
    "nonce of a wrong kind": ({"nonce": ["x"]}, "wrong_nonce"),
    "nobody": ({"sub": None}, "no_subject"),
    "empty subject": ({"sub": ""}, "no_subject"),
    "endless subject": ({"sub": "x" * 256}, "no_subject"),
    "subject of a wrong kind": ({"sub": {"a": 1}}, "no_subject"),
    "swapped access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "wrong_access_token"),
}


@pytest.mark.parametrize("attack", CLAIMS)
def test_it_refuses_wrong_claims(client, provider, attack):
    provider.claims, reason = CLAIMS[attack]
    check_refused(client, sign_in_through(client, provider), reason)


@pytest.mark.parametrize(
    "claims",
    [{"aud": [CLIENT]}, {"azp": CLIENT}, {"aud": [CLIENT, "x"], "azp": CLIENT}, {"nbf": NOW - 5}],
)
def test_it_takes_the_good_neighbours_of_those_claims(client, provider, claims):
    provider.claims = claims
    assert sign_in_through(client, provider).status_code == 302


def test_it_takes_an_audience_that_lists_the_issuer_as_oci_does(client, provider):
    provider.claims = {"aud": [provider.issuer, CLIENT]}
    assert sign_in_through(client, provider).status_code == 302


def public_pem(key=RSA_KEY) -> bytes:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind)


def part(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def hs256(provider, secret: bytes) -> str:
    import hashlib
    import hmac

    signed = f"{part({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'})}.{part(provider.usual_claims())}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def unsigned(provider, algorithm: str = "none", signature: str = "") -> str:
    return f"{part({'alg': algorithm, 'kid': 'k1'})}.{part(provider.usual_claims())}.{signature}"


def tampered(provider) -> str:
    head, _, signature = provider.token().split(".")
    return f"{head}.{part({**provider.usual_claims(), 'sub': 'ada'})}.{signature}"


TOKENS = {
    "no signature": (unsigned, "wrong_algorithm"),
    "no signature, spelled NONE": (lambda p: unsigned(p, "NONE"), "wrong_algorithm"),
    "no algorithm": (lambda p: unsigned(p, ""), "wrong_algorithm"),
    "claims RS256 without a signature": (lambda p: unsigned(p, "RS256"), "bad_signature"),
    "HMAC with the public key": (lambda p: hs256(p, public_pem()), "wrong_algorithm"),
    "HMAC with the client secret": (lambda p: hs256(p, b"shared"), "wrong_algorithm"),
    "another algorithm of the same key": (lambda p: p.token(RSA_KEY, "PS256"), "wrong_algorithm"),
    "a stronger algorithm": (lambda p: p.token(RSA_KEY, "RS512"), "wrong_algorithm"),
    "an elliptic key": (lambda p: p.token(EC_KEY, "ES256"), "wrong_algorithm"),
    "somebody else's key under our key id": (lambda p: p.token(OTHER_RSA_KEY), "bad_signature"),
    "an unknown key": (lambda p: p.token(OTHER_RSA_KEY, kid="mine"), "unknown_key"),
    "its own key in the header": (
        lambda p: p.token(OTHER_RSA_KEY, jwk=published(OTHER_RSA_KEY, "k1")),
        "bad_signature",
    ),
    "an address of its own keys": (
        lambda p: p.token(OTHER_RSA_KEY, jku="https://evil.test/jwks"),
        "bad_signature",
    ),
    "claims changed after signing": (tampered, "bad_signature"),
    "an access token": (lambda p: p.token(typ="at+jwt"), "wrong_type"),
    "a logout token": (lambda p: p.token(typ="logout+jwt"), "wrong_type"),
    "critical extensions": (lambda p: p.token(crit=["exp"]), "garbled_token"),
    "three dots": (lambda p: "...", "garbled_token"),
    "not a token": (lambda p: "hello", "garbled_token"),
    "a list as claims": (
        lambda p: jwt.api_jws.encode(b"[1]", RSA_KEY, "RS256", headers={"kid": "k1"}),
        "bad_signature",
    ),
}


@pytest.mark.parametrize("attack", TOKENS)
def test_it_refuses_crafted_tokens(client, provider, attack):
    craft, reason = TOKENS[attack]
    provider.make_token = lambda: craft(provider)
    check_refused(client, sign_in_through(client, provider), reason)


def test_it_refuses_a_key_id_outside_text(client, provider):
    head = {"alg": "RS256", "kid": ["k1"]}
    provider.make_token = lambda: f"{part(head)}.{part(provider.usual_claims())}.AAAA"
    check_refused(client, sign_in_through(client, provider), "garbled_token")


def test_it_refuses_a_symmetric_key_among_the_published(client, provider):
    provider.keys = [{"kty": "oct", "kid": "k1", "k": "c2hhcmVk"}]
    check_refused(client, sign_in_through(client, provider), "unknown_key")


def test_it_refuses_two_keys_under_one_id(client, provider):
    provider.keys = [published(RSA_KEY, "k1"), published(OTHER_RSA_KEY, "k1")]
    check_refused(client, sign_in_through(client, provider), "unknown_key")


def test_it_refuses_an_algorithm_setting_that_is_not_asymmetric(client, provider, settings):
    settings.OIDC_RP_SIGN_ALGO = "HS256"
    provider.make_token = lambda: hs256(provider, b"shared")
    check_refused(client, sign_in_through(client, provider), "wrong_algorithm")


def test_it_refuses_a_state_that_was_used(client, provider):
    state = begin(client, provider).state
    come_back(client, state)
    client.post("/accounts/logout/")
    answer = come_back(client, state, "code-2")
    assert answer.status_code == 400 and b"unknown_state" in answer.content


def test_it_refuses_a_code_that_was_used(client, provider):
    sign_in_through(client, provider)
    client.post("/accounts/logout/")
    answer = sign_in_through(client, provider, "code-1")
    assert answer.status_code == 400 and b"code_refused" in answer.content


def test_it_refuses_a_state_of_another_browser(client, provider, django_user_model):
    from django.test import Client

    check_refused(client, come_back(client, begin(Client(), provider).state), "unknown_state")


@pytest.mark.parametrize(
    "query", ["", "?state=x", "?code=x", "?state=&code=", "?state=x&code=y", "?state[]=x&code[]=y"]
)
def test_it_refuses_an_answer_that_nobody_asked_for(client, provider, query):
    check_refused(client, client.get(f"/oidc/callback/{query}"), "unknown_state")


def test_it_refuses_a_state_after_ten_minutes(client, provider):
    state = begin(client, provider).state
    session = client.session
    session["oidc_states"][state]["added_on"] -= 601
    session.save()
    check_refused(client, come_back(client, state), "late_state")


def test_it_refuses_an_answer_of_another_issuer(client, provider):
    check_refused(
        client,
        come_back(client, begin(client, provider).state, more="&iss=https://evil.test"),
        "wrong_issuer",
    )


def test_it_refuses_an_answer_without_a_code(client, provider):
    check_refused(client, come_back(client, begin(client, provider).state, ""), "no_code")


def test_it_tells_what_the_provider_said(client, provider):
    answer = come_back(
        client,
        begin(client, provider).state,
        more="&error=access_denied&error_description=<script>",
    )
    check_refused(client, answer, "provider_said_access_denied")
    assert b"<script>" not in answer.content


def test_it_refuses_a_verifier_that_does_not_fit(client, provider):
    state = begin(client, provider).state
    provider.challenge = "another"
    check_refused(client, come_back(client, state), "code_refused")


def test_it_refuses_facts_about_somebody_else(client, provider):
    provider.facts = {"sub": "ada"}
    check_refused(client, sign_in_through(client, provider), "wrong_person")


@pytest.mark.parametrize(
    "tokens", [{}, {"access_token": "a"}, {"access_token": 7, "id_token": 8}, {"id_token": ""}]
)
def test_it_refuses_an_answer_without_tokens(client, provider, tokens):
    provider.answers["/token"] = (200, tokens)
    check_refused(client, sign_in_through(client, provider), "no_token")


@pytest.mark.parametrize("path", ["/token", "/jwks", "/userinfo"])
@pytest.mark.parametrize(
    "garbage",
    [
        (500, {}),
        (503, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"\xff\xfe"),
        (200, b"{" * 9999),
        (302, b""),
        (200, b" " * 600_000),
    ],
    ids=["500", "503", "html", "list", "bytes", "deep", "redirect", "huge"],
)
def test_it_survives_a_provider_that_answers_garbage(client, provider, path, garbage):
    provider.answers[path] = garbage
    check_refused(client, sign_in_through(client, provider), "provider_trouble")


@pytest.mark.parametrize("path", ["/token", "/jwks", "/userinfo"])
def test_it_waits_no_longer_than_the_time_out(client, provider, settings, path):
    settings.OIDC_TIMEOUT = 0.2
    over = threading.Event()
    provider.answers[path] = lambda: (over.wait(patient(60)), (200, {}))[1]
    begun = time.monotonic()
    try:
        check_refused(client, sign_in_through(client, provider), "provider_trouble")
    finally:
        over.set()
    assert time.monotonic() - begun < patient(5)


def test_it_survives_a_provider_that_is_down(client, provider, settings):
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:1/token"
    check_refused(client, sign_in_through(client, provider), "provider_trouble")


def test_it_does_not_take_a_code_from_the_password_form(client, provider):
    """The library's own backend would: it reads code and state from the query of any request
    that authenticates.
    """
    sent = begin(client, provider)
    answer = client.post(
        f"/accounts/login/?state={sent.state}&code=code-1", {"login": "dan", "password": "x"}
    )
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session and "/token" not in provider.calls


def test_it_ends_the_session_that_was_open_before(client, provider):
    sign_in_through(client, provider)
    provider.claims = {"aud": "another-app"}
    sign_in_through(client, provider, "code-2")
    assert "_auth_user_id" not in client.session
