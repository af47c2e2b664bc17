"""Single sign-on from the issuer alone: the provider's discovery document, kept and judged."""

import ssl
import threading
from http.server import ThreadingHTTPServer

import pytest

from portal.accounts import discovery, keys
from portal.accounts import provider as transport
from portal.accounts.models import User
from tests.issued import Issued
from tests.portal.accounts.provider_double import (
    EC_KEY,
    Provider,
    _Handler,
    published,
    sign_in_through,
)

ENDPOINTS = (
    "OIDC_OP_AUTHORIZATION_ENDPOINT",
    "OIDC_OP_TOKEN_ENDPOINT",
    "OIDC_OP_USER_ENDPOINT",
    "OIDC_OP_JWKS_ENDPOINT",
    "OIDC_OP_LOGOUT_ENDPOINT",
)
DOCUMENT = "/.well-known/openid-configuration"


@pytest.fixture(autouse=True)
def nothing_kept():
    discovery.forget()
    yield
    discovery.forget()


@pytest.fixture
def issuer_alone(provider, settings):
    for name in ENDPOINTS:
        setattr(settings, name, "")
    return provider


def test_the_issuer_alone_is_enough_and_its_document_is_read_once(client, issuer_alone, db):
    assert sign_in_through(client, issuer_alone).status_code == 302
    assert User.objects.get().subject == "dan"
    assert issuer_alone.calls.count(DOCUMENT) == 1
    assert discovery.endpoints().end_session == f"{issuer_alone.address}/end"


def test_an_identity_domain_names_another_issuer_than_the_host_it_lies_at(
    client, issuer_alone, settings, db
):
    settings.OIDC_DISCOVERY_URL = f"{issuer_alone.address}{DOCUMENT}"
    settings.OIDC_ISSUER = issuer_alone.issuer = "https://identity.oraclecloud.com/"
    assert sign_in_through(client, issuer_alone).status_code == 302
    assert User.objects.get().issuer == "https://identity.oraclecloud.com/"


def test_the_document_of_another_issuer_is_refused_with_both_names(client, issuer_alone, db):
    issuer_alone.published = {"issuer": "https://else.example"}
    page = client.get("/oidc/authenticate/")
    assert page.status_code == 424
    assert "https://else.example" in page.text and issuer_alone.address in page.text


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ((503, {}), "answered 503"),
        ((200, b"<html>"), "not JSON"),
        ((200, {"issuer": None}), "discovery document"),
    ],
)
def test_a_provider_without_a_document_is_told_in_words(client, issuer_alone, db, document, said):
    issuer_alone.answers[DOCUMENT] = document
    page = client.get("/oidc/authenticate/")
    assert (page.status_code, said in page.text) == (424, True)
    assert "break-glass" in page.text


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("value", [None, 7, "", "javascript:alert(1)"])
def test_an_address_that_is_none_is_no_address(client, issuer_alone, db, name, value):
    issuer_alone.published = {name: value}
    page = client.get("/oidc/authenticate/")
    assert (page.status_code, name in page.text) == (424, True)


def test_what_is_known_stays_good_while_the_provider_is_silent(
    client, issuer_alone, db, monkeypatch
):
    discovery.endpoints()
    monkeypatch.setattr(discovery, "KEEP_SECONDS", -1)
    issuer_alone.answers[DOCUMENT] = (500, {})
    assert discovery.endpoints().token == f"{issuer_alone.address}/token"
    asked = issuer_alone.calls.count(DOCUMENT)
    assert discovery.endpoints().token  # a provider that is down is not asked by each request
    assert issuer_alone.calls.count(DOCUMENT) == asked == 2


def test_a_setting_wins_over_the_document(issuer_alone, settings):
    settings.OIDC_OP_TOKEN_ENDPOINT = "https://inside.example/token"
    assert discovery.endpoints().token == "https://inside.example/token"
    assert discovery.endpoints().jwks == f"{issuer_alone.address}/jwks"


def test_the_algorithm_is_negotiated_from_a_short_list(client, issuer_alone, db):
    issuer_alone.published = {"id_token_signing_alg_values_supported": ["HS256", "ES256", "none"]}
    issuer_alone.keys = [published(EC_KEY, "k1")]
    issuer_alone.make_token = lambda: issuer_alone.token(EC_KEY, "ES256")
    assert discovery.endpoints().algorithms == ("ES256",)
    assert sign_in_through(client, issuer_alone).status_code == 302
    keys.forget()
    issuer_alone.make_token = issuer_alone.token  # RS256, which this provider does not announce
    page = sign_in_through(client, issuer_alone, code="code-2")
    assert (page.status_code, "not signed with ES256" in page.text) == (403, True)


def test_a_provider_behind_a_private_authority_is_trusted_by_its_file(settings, tmp_path):
    authority = Issued("Private CA", authority=True)
    leaf = Issued("localhost", authority, names=["localhost"])
    chain, trusted = tmp_path / "leaf.pem", tmp_path / "ca.pem"
    chain.write_text(leaf.pem + leaf.key_pem)
    trusted.write_text(authority.pem)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    address = f"https://localhost:{server.server_port}"
    server.provider = Provider(address)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(transport.ProviderTrouble, match="SSLError"):
            transport.call("GET", f"{address}{DOCUMENT}")
        settings.OIDC_CA_FILE = str(trusted)
        assert transport.call("GET", f"{address}{DOCUMENT}")["issuer"] == address
    finally:
        server.shutdown()
        server.server_close()
