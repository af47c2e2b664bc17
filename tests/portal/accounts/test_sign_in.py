"""Signing in by single sign-on: who gets in, as whom, with which role, and what the trail says."""

import pytest
from django.contrib.sessions.models import Session

from portal.accounts.models import User
from tests.portal.accounts.people import person
from tests.portal.accounts.provider_double import (
    EC_KEY,
    begin,
    come_back,
    published,
    sign_in_through,
)
from tests.portal.accounts.trail import everything, trail

pytestmark = pytest.mark.django_db


def test_it_signs_a_deployer_in(client, provider):
    answer = sign_in_through(client, provider)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get(subject="dan")
    assert (user.issuer, user.username, user.roles) == (
        provider.issuer,
        "dan",
        ["conceptlens-deployers"],
    )
    assert client.get("/admin/").status_code == 200


def test_it_records_the_sign_in_without_a_token(client, provider):
    sign_in_through(client, provider)
    [row] = trail("access.login")
    assert (row["actor"], row["outcome"]) == ("user:dan", "done")
    assert row["detail"]["roles"] == ["conceptlens-deployers"]
    assert "eyJ" not in everything() and "code-1" not in everything()


def test_it_asks_for_a_code_with_pkce_nonce_and_groups(client, provider):
    sent = begin(client, provider)
    assert (sent.response_type, sent.code_challenge_method) == ("code", "S256")
    assert len(sent.state) == 32 and len(sent.nonce) == 32
    assert "groups" in sent.scope.split()


def test_it_goes_back_to_the_page_that_asked(client, provider):
    assert sign_in_through(client, provider, query="?next=/jobs/")["Location"] == "/jobs/"


def test_it_does_not_go_to_another_site(client, provider):
    assert sign_in_through(client, provider, query="?next=https://evil.test/")["Location"] == "/"


def test_it_gives_the_session_a_new_key(client, provider):
    state = begin(client, provider).state
    before = client.session.session_key
    come_back(client, state)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_it_gives_a_new_key_to_the_same_person_as_well(client, provider):
    sign_in_through(client, provider)
    before = client.session.session_key
    sign_in_through(client, provider, "code-2")
    assert client.session.session_key != before


def test_it_leaves_no_readable_token_in_the_session_table(client, provider):
    sign_in_through(client, provider)
    stored = client.session["identity"]
    assert "access" not in stored["sealed_token"] and stored["sealed_token"].startswith("gAAAA")
    assert "token" not in " ".join(client.session.keys())


def test_it_takes_roles_from_the_groups_both_ways(client, provider):
    sign_in_through(client, provider)
    provider.groups = ["conceptlens-ops-readonly", "somebody-elses-group"]
    sign_in_through(client, provider, "code-2")
    assert User.objects.get(subject="dan").roles == ["conceptlens-ops-readonly"]
    assert [row["detail"]["after"] for row in trail("access.roles_changed")][-1] == [
        "conceptlens-ops-readonly"
    ]


def test_it_reads_groups_given_as_objects(client, provider):
    provider.groups = [{"name": "conceptlens-admins", "id": "1"}, {"display": "no name"}, 7, None]
    sign_in_through(client, provider)
    assert User.objects.get(subject="dan").roles == ["conceptlens-admins"]


@pytest.mark.parametrize(
    "groups", [[], None, "elsewhere", {"name": "elsewhere"}, 7, ["conceptlens-admins2"]]
)
def test_it_keeps_out_who_has_no_known_group_and_names_the_groups(client, provider, groups):
    provider.groups = groups
    answer = sign_in_through(client, provider)
    assert answer.status_code == 403
    assert b"conceptlens-deployers" in answer.content
    assert "_auth_user_id" not in client.session
    assert trail("access.login_failed")[0]["detail"]["reason"] == "no_role"


def test_it_takes_the_roles_of_a_person_who_lost_the_last_group(client, provider):
    sign_in_through(client, provider)
    provider.groups = []
    sign_in_through(client, provider, "code-2")
    assert User.objects.get(subject="dan").roles == []


def test_it_knows_people_by_subject_not_by_mail(client, provider):
    old = person("dan", name="Old Dan", roles=["conceptlens-admins"])
    User.objects.filter(pk=old.pk).update(
        issuer=provider.issuer, subject="old-subject", email="dan@example.test"
    )
    provider.facts = {"email": "dan@example.test"}
    sign_in_through(client, provider)
    new = User.objects.get(subject="dan")
    assert new.pk != old.pk
    assert new.username == "dan-2", "a name is never taken over"
    assert new.roles == ["conceptlens-deployers"]


def test_it_keeps_two_issuers_apart(client, provider):
    other = person("dan", roles=["conceptlens-admins"])
    sign_in_through(client, provider)
    assert User.objects.get(issuer=provider.issuer, subject="dan").pk != other.pk


def test_it_never_signs_in_as_a_break_glass_account_of_the_same_name(client, provider):
    local = User.objects.create_user(
        "dan", password="a local password", roles=["conceptlens-admins"]
    )
    sign_in_through(client, provider)
    assert client.session["_auth_user_id"] != str(local.pk)


def test_it_keeps_out_an_account_that_is_switched_off(client, provider):
    sign_in_through(client, provider)
    User.objects.update(is_active=False)
    assert sign_in_through(client, provider, "code-2").status_code == 403


def test_it_takes_es256_when_told_to(client, provider, settings):
    settings.OIDC_RP_SIGN_ALGO = "ES256"
    provider.keys = [published(EC_KEY, "e1")]
    provider.make_token = lambda: provider.token(EC_KEY, "ES256", kid="e1")
    assert sign_in_through(client, provider).status_code == 302


def test_it_fetches_the_keys_again_when_they_were_rotated(client, provider, monkeypatch):
    from tests.portal.accounts.provider_double import OTHER_RSA_KEY

    sign_in_through(client, provider)
    provider.keys = [published(OTHER_RSA_KEY, "k2")]
    provider.make_token = lambda: provider.token(OTHER_RSA_KEY, kid="k2")
    monkeypatch.setattr("portal.accounts.keys.AGAIN_SECONDS", 0)
    assert sign_in_through(client, provider, "code-2").status_code == 302


def test_it_keeps_the_keys_between_sign_ins(client, provider):
    sign_in_through(client, provider)
    sign_in_through(client, provider, "code-2")
    assert provider.calls.count("/jwks") == 1


def test_it_can_know_people_by_another_claim(client, provider, settings):
    settings.OIDC_SUBJECT_CLAIM = "user_id"
    provider.claims = {"user_id": "ocid1.user.oc1..x"}
    sign_in_through(client, provider)
    assert User.objects.get().subject == "ocid1.user.oc1..x"


def test_it_sends_the_secret_as_basic_auth_when_told_to(client, provider, settings):
    settings.OIDC_TOKEN_USE_BASIC_AUTH = True
    seen = []
    provider._token = lambda form: seen.append(form) or (400, {})
    sign_in_through(client, provider)
    assert "client_secret" not in seen[0]


def test_it_asks_for_a_new_proof_when_the_portal_needs_one(client, provider):
    sent = begin(client, provider, "?again=1")
    assert (sent.prompt, sent.max_age) == ("login", "0")


def test_it_always_asks_when_the_last_proof_was_given(client, provider, settings):
    sent = begin(client, provider)
    assert sent.max_age == str(settings.SESSION_COOKIE_AGE) and not hasattr(sent, "prompt")


def test_a_token_that_does_not_say_when_is_no_proof(client, provider):
    provider.claims = {"auth_time": None}
    sign_in_through(client, provider)
    assert client.session["identity"]["signed_in_at"] == 0
    sign_in_through(client, provider, "code-2", query="?again=1")
    assert client.session["identity"]["signed_in_at"] > 1_700_000_000


def test_a_prompt_is_no_proof_against_the_providers_word(client, provider):
    provider.claims = {"auth_time": 1_700_000_000}
    sign_in_through(client, provider, query="?again=1")
    assert client.session["identity"]["signed_in_at"] == 1_700_000_000


def test_it_believes_the_provider_about_when_the_proof_was_given(client, provider):
    provider.claims = {"auth_time": 1_700_000_000}
    sign_in_through(client, provider)
    assert client.session["identity"]["signed_in_at"] == 1_700_000_000


def test_it_says_so_when_no_provider_is_configured(client, settings):
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = ""
    assert client.get("/oidc/authenticate/").status_code == 404
