"""Every address in the resolver: strangers see the sign-in, health and the webhook, and
nothing else.
"""

import re
import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.portal.accounts.people import sign_in

OPEN = {  # what answers strangers, and why
    "healthz",
    "readyz",
    "account_login",
    "account_inactive",  # words only
    "account_signup",  # says that nobody signs up
    "oidc_authentication_init",
    "oidc_authentication_callback",  # 400 without a sign-in that was started
    "oidc_backchannel_logout",  # 400 without a token that the provider signed
    "oci-notifications",  # Basic auth of its own: 401
}
KEPT_OUT = (301, 302, 401, 403, 405)
SAMPLES = {
    "int": "1",
    "uuid": str(uuid.UUID(int=1)),
    "slug": "dev",
    "str": "dev",
    "path": "dev",
    "object_id": "1",
}


def addresses(patterns, prefix: str = ""):
    """Yield (name, address) of every pattern, with sample values for its parameters."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or route, fill(route)


def fill(route: str) -> str:
    """Return the address of a route or of a regular expression, as a client would write it."""
    route = re.sub(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)", "1", route)
    route = re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES[found[1] or "str"], route)
    return "/" + re.sub(r"[\^$\\]|\(\?:.*?\)|\?$", "", route)


EVERY = sorted(set(addresses(get_resolver().url_patterns)))


def test_the_walk_finds_the_whole_resolver():
    names = {name for name, _ in EVERY}
    assert {"healthz", "metrics", "index", "account_login", "oidc_logout"} <= names
    assert len(EVERY) > 20
    assert not [address for _, address in EVERY if re.search(r"[<>()\[\]]", address)]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_strangers_see_nothing(method):
    client = Client(raise_request_exception=False)
    seen = {
        address: status
        for name, address in EVERY
        if name not in OPEN
        and (status := getattr(client, method)(address).status_code) not in KEPT_OUT
    }
    assert seen == {}


@pytest.mark.django_db
def test_open_addresses_break_nothing():
    client = Client(raise_request_exception=False)
    answers = {address: client.get(address).status_code for name, address in EVERY if name in OPEN}
    assert {
        address: status
        for address, status in answers.items()
        if status >= 500 and address != "/readyz"
    } == {}


@pytest.mark.django_db
def test_a_person_without_a_role_sees_nothing(cast):
    seen = {}
    for name, address in EVERY:
        if name in OPEN or name in ("account_logout", "oidc_logout", "sign_in_again"):
            continue
        status = (
            sign_in(Client(raise_request_exception=False), cast.stranger).get(address).status_code
        )
        if status not in KEPT_OUT:
            seen[address] = status
    assert seen == {}


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["admin", "deployer", "readonly", "auditor"])
def test_no_page_fails_for_people_with_a_role(cast, who):
    client = sign_in(Client(raise_request_exception=False), getattr(cast, who))
    failed = {}
    for name, address in EVERY:
        if name in ("oidc_authentication_init", "oidc_authentication_callback", "readyz"):
            continue
        if (status := client.get(address).status_code) >= 500:
            failed[address] = status
    assert failed == {}
