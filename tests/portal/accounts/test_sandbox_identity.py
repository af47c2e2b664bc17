"""The sandbox's identity provider, as its own process, with the portal signing in against it
for real.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from portal.accounts import keys
from portal.accounts.models import User
from sandbox.cast import CAST
from sandbox.parts import answers_http
from tests.patience import patient, until
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def address():
    """Start the provider; return its address."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": os.environ["TMPDIR"],
        "PORTAL_URL": "http://testserver",
        "OIDC_CLIENT_SECRET": "secret-of-the-sandbox",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.identity", "--port", str(port)], cwd=ROOT, env=environment
    )
    base = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers_http(f"{base}/jwks"))
        yield base
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def portal(settings, address):
    """Point the portal at the provider."""
    settings.OIDC_ISSUER, settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = (
        address,
        "portal",
        "secret-of-the-sandbox",
    )
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{address}/oauth2/authorize"
    settings.OIDC_OP_TOKEN_ENDPOINT = f"{address}/oauth2/token"
    settings.OIDC_OP_USER_ENDPOINT = f"{address}/userinfo"
    settings.OIDC_OP_JWKS_ENDPOINT = f"{address}/jwks"
    keys.forget()
    return address


def pick(client, sub: str):
    """Click through the provider's page as a person does; return the portal's answer."""
    page = client.get("/oidc/authenticate/")["Location"]
    sent = requests.post(page, data={"sub": sub}, allow_redirects=False, timeout=patient(5))
    return client.get(re.sub(r"^http://testserver", "", sent.headers["Location"]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "person", [person for person in CAST if person.groups], ids=lambda person: person.sub
)
def test_it_signs_each_person_in_with_the_role_of_the_cast(client, portal, person):
    assert pick(client, person.sub).status_code == 302
    assert User.objects.get(username=person.sub).roles == list(person.groups)
    assert time.time() - client.session["identity"]["signed_in_at"] < patient(10)


@pytest.mark.django_db
def test_it_keeps_the_stranger_out(client, portal):
    answer = pick(client, "sam")
    assert answer.status_code == 403 and b"conceptlens-admins" in answer.content
    assert not User.objects.filter(username="sam").exists()


@pytest.mark.django_db
def test_it_ends_a_session_when_the_provider_revokes_it(client, portal, settings):
    settings.IDENTITY_WRITE_SECONDS = 0
    pick(client, "dora")
    requests.post(f"{portal}/users/dora/revoke-tokens", timeout=patient(5))
    assert client.post("/accounts/sessions/").status_code == 403
    assert "identity" not in client.session


def test_its_page_offers_every_person_by_one_click(client, portal, db):
    page = requests.get(client.get("/oidc/authenticate/")["Location"], timeout=patient(5)).text
    assert [person.name for person in CAST if f'value="{person.sub}"' not in page] == []
    assert "http://" not in page.replace(portal, "") and "https://" not in page, (
        "works without a network"
    )


def test_it_refuses_an_unknown_client_and_a_foreign_return_address(portal):
    query = "response_type=code&scope=openid&state=a&nonce=b"
    for client_id, back in (
        ("somebody", "http://testserver/oidc/callback/"),
        ("portal", "http://elsewhere.test/oidc/callback/"),
    ):
        url = f"{portal}/oauth2/authorize?client_id={client_id}&redirect_uri={back}&{query}"
        assert requests.get(url, timeout=patient(5), allow_redirects=False).status_code == 400
