"""Break-glass accounts: a password and a second factor, nothing less, each use in the trail."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from portal.accounts.models import User
from tests.portal.accounts.people import person, sign_in
from tests.portal.accounts.trail import everything, trail

pytestmark = pytest.mark.django_db
PASSWORD = "a long break-glass password"


@pytest.fixture
def account(settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # the real one is slow on purpose
    return User.objects.create_user("bea", password=PASSWORD, roles=["conceptlens-admins"])


def give_password(client, name: str = "bea", password: str = PASSWORD, **more):
    return client.post("/accounts/login/", {"login": name, "password": password, **more})


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def enrol(client) -> str:
    """Set up an authenticator app; return its secret."""
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'value="([A-Z2-7]{16,})"', page)[1]
    assert (
        client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)}).status_code == 302
    )
    return secret


@pytest.fixture
def enrolled(client, account):
    """Return the secret of Bea's authenticator app; nobody is signed in."""
    give_password(client)
    secret = enrol(client)
    client.post("/accounts/logout/")
    cache.clear()  # a code works once: let the journey use the same half minute again
    return secret


def test_a_new_account_must_enrol_before_anything_else(client, account):
    assert give_password(client).status_code == 302
    for address in (
        "/admin/",
        "/accounts/sessions/",
        "/accounts/password/change/",
        "/accounts/2fa/",
    ):
        assert client.get(address)["Location"] == "/accounts/2fa/totp/activate/", address
    assert client.post("/accounts/sessions/", {}).status_code == 403


def test_it_enrols_and_gets_in(client, account):
    give_password(client)
    enrol(client)
    assert client.get("/admin/").status_code == 200
    assert Authenticator.objects.filter(user=account).count() == 2, "the app and the recovery codes"


def test_the_seed_is_sealed_in_the_database(client, account):
    give_password(client)
    secret = enrol(client)
    stored = "".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in stored and "gAAAA" in stored


def test_it_asks_for_the_second_factor(client, enrolled):
    answer = give_password(client)
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/admin/").status_code == 302, "half a proof opens nothing"
    assert not trail("access.login")[1:]
    assert (
        client.post("/accounts/2fa/authenticate/", {"code": code_for(enrolled)}).status_code == 302
    )
    assert client.get("/admin/").status_code == 200
    told = {
        "door": "break-glass",
        "roles": ["conceptlens-admins"],
        "second_factor": True,
        "address": "127.0.0.1",
    }
    assert trail("access.login")[-1]["detail"] == told


def test_it_refuses_a_wrong_code_and_records_it(client, enrolled):
    give_password(client)
    wrong = "000000" if code_for(enrolled) != "000000" else "111111"
    client.post("/accounts/2fa/authenticate/", {"code": wrong})
    assert "_auth_user_id" not in client.session
    assert trail("access.login_failed")[-1]["detail"]["reason"] == "wrong_second_factor"


def test_it_takes_a_code_once(client, enrolled):
    give_password(client)
    code = code_for(enrolled)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    other = Client()
    give_password(other)
    other.post("/accounts/2fa/authenticate/", {"code": code})
    assert "_auth_user_id" not in other.session


def test_it_refuses_a_wrong_password_and_records_it(client, account):
    assert give_password(client, password="not it at all").status_code == 200
    [row] = trail("access.login_failed")
    assert (row["subject"], row["detail"]["reason"]) == ("user:bea", "wrong_password")
    assert "not it at all" not in everything()


def test_it_says_the_same_of_an_unknown_name(client, account):
    known = give_password(client, password="wrong").content
    unknown = give_password(client, name="nobody", password="wrong").content
    assert b"not correct" in known and b"not correct" in unknown


def test_it_stops_guessing(client, account):
    for _ in range(5):
        give_password(client, password="wrong")
    assert b"Too many" in give_password(client).content
    assert "_auth_user_id" not in client.session


def test_a_password_never_opens_an_account_of_the_identity_provider(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = person("dan", roles=["conceptlens-admins"])
    user.set_password(PASSWORD)
    user.save()
    give_password(client, name="dan")
    assert "_auth_user_id" not in client.session


def test_the_admins_own_door_is_shut(client, enrolled):
    answer = client.post("/admin/login/", {"username": "bea", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


def test_an_account_that_is_switched_off_stays_out(client, account):
    User.objects.update(is_active=False)
    give_password(client)
    assert "_auth_user_id" not in client.session


def test_the_session_gets_a_new_key(client, account):
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    give_password(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_it_needs_no_identity_provider(client, account, settings):
    settings.OIDC_OP_USER_ENDPOINT = "http://127.0.0.1:1/"
    settings.IDENTITY_WRITE_SECONDS = 0
    give_password(client)
    enrol(client)
    assert client.post("/accounts/sessions/", {}).status_code == 302


def test_people_of_the_identity_provider_have_no_local_second_factor(client, cast):
    assert sign_in(client, cast.admin).get("/accounts/2fa/totp/activate/").status_code == 403


def test_every_page_of_the_journey_can_be_read(client, account):
    give_password(client)
    enrol(client)
    for address in (
        "/accounts/2fa/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/password/change/",
    ):
        assert client.get(address).status_code == 200, address
    for address in (
        "/accounts/sessions/",
        "/accounts/reauthenticate/",
        "/accounts/2fa/reauthenticate/",
        "/accounts/inactive/",
    ):
        assert client.get(address).status_code == 200, address


def run(*arguments: str) -> str:
    shown = StringIO()
    call_command("breakglass", *arguments, stdout=shown)
    return shown.getvalue()


def test_the_command_makes_an_account_whose_password_it_shows_once(client):
    shown = run("bea", "--role", "admin", "--role", "auditor", "--generate")
    password = re.search(r"once: (\S+)", shown)[1]
    assert User.objects.get(username="bea").roles == ["conceptlens-admins", "conceptlens-auditors"]
    assert give_password(client, password=password).status_code == 302
    [row] = trail("access.break_glass_account")
    assert row["actor"].startswith("command:") and password not in everything()


def test_the_command_asks_for_the_password_at_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: PASSWORD)
    assert PASSWORD not in run("bea", "--role", "admin")
    assert User.objects.get(username="bea").check_password(PASSWORD)


@pytest.mark.parametrize(
    "answers",
    [["short", "short"], [PASSWORD, "another"], ["90817263544536271809", "90817263544536271809"]],
)
def test_the_command_refuses_weak_or_mistyped_passwords(monkeypatch, answers):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: answers.pop(0))
    with pytest.raises(CommandError):
        run("bea", "--role", "admin")
    assert not User.objects.exists()


def test_the_command_resets_and_removes_the_second_factor(client, enrolled):
    run("bea", "--reset", "--generate")
    assert not Authenticator.objects.exists()
    assert User.objects.get(username="bea").roles == ["conceptlens-admins"]


def test_the_command_refuses_what_makes_no_sense(account):
    person("dan")
    for arguments in (("bea", "--role", "admin"), ("new",), ("dan", "--role", "admin")):
        with pytest.raises(CommandError):
            run(*arguments, "--generate")
