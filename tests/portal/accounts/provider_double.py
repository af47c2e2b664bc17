"""An identity provider that says whatever a test tells it to: over real HTTP on loopback,
with a real key.
"""

import base64
import contextlib
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from portal.accounts import keys

CLIENT = "portal"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


class Provider:
    """What the double answers; every field may be changed by a test."""

    def __init__(self, address: str) -> None:
        self.issuer = self.address = address
        self.published: dict = {}  # laid over the discovery document
        self.keys = [published(RSA_KEY, "k1")]
        self.groups = ["conceptlens-deployers"]
        self.sub = "dan"
        self.claims: dict = {}  # laid over the ID token; None removes a claim
        self.facts: dict = {}  # laid over userinfo
        self.make_token = self.token
        self.answers: dict[
            str, object
        ] = {}  # path: (status, body) or a function, instead of the usual answer
        self.calls: list[str] = []
        self.nonce = self.challenge = ""
        self.used: set[str] = set()

    def usual_claims(self) -> dict:
        """Return good claims with the test's changes laid over."""
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.sub,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "auth_time": now,
        }
        return {
            name: value for name, value in {**usual, **self.claims}.items() if value is not None
        }

    def token(self, key=RSA_KEY, algorithm="RS256", **headers) -> str:
        """Return a signed ID token."""
        claims = json.dumps(
            self.usual_claims()
        ).encode()  # not `jwt.encode`: that refuses to make bad tokens
        return jwt.api_jws.encode(claims, key, algorithm, headers={"kid": "k1", **headers})

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, object]:
        """Answer one call."""
        self.calls.append(path)
        if path in self.answers:
            planned = self.answers[path]
            return planned() if callable(planned) else planned
        if path.endswith("/.well-known/openid-configuration"):
            return 200, {**self.document(), **self.published}
        return getattr(self, f"_{path.strip('/')}")(form)

    def document(self) -> dict:
        """Return the discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
            "end_session_endpoint": f"{self.address}/end",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _token(self, form: dict[str, str]) -> tuple[int, object]:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        matches = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge
        if form["code"] in self.used or not matches or form["client_secret"] != "shared":
            return 400, {"error": "invalid_grant"}
        self.used.add(form["code"])
        return 200, {
            "access_token": "access",
            "id_token": self.make_token(),
            "token_type": "Bearer",
            "expires_in": 3600,
        }

    def _userinfo(self, form: dict[str, str]) -> tuple[int, object]:
        return 200, {
            "sub": self.sub,
            "preferred_username": self.sub,
            "groups": self.groups,
            **self.facts,
        }

    def _jwks(self, form: dict[str, str]) -> tuple[int, object]:
        return 200, {"keys": self.keys}


def published(key, kid: str) -> dict:
    """Return the public half of a key as its provider publishes it."""
    kind, algorithm = (
        (RSAAlgorithm, "RS256") if isinstance(key, rsa.RSAPrivateKey) else (ECAlgorithm, "ES256")
    )
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": kid, "alg": algorithm, "use": "sig"}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._reply({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self._reply({name: values[0] for name, values in parse_qs(body).items()})

    def _reply(self, form: dict[str, str]) -> None:
        status, body = self.server.provider.answer(urlsplit(self.path).path, form)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        with contextlib.suppress(ConnectionError):  # the portal did not wait any longer
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def provider(settings):
    """Start the double and point the portal at it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    address = f"http://127.0.0.1:{server.server_port}"
    server.provider = Provider(address)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    settings.OIDC_ISSUER, settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = (
        address,
        CLIENT,
        "shared",
    )
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{address}/authorize"
    settings.OIDC_OP_TOKEN_ENDPOINT = f"{address}/token"
    settings.OIDC_OP_USER_ENDPOINT = f"{address}/userinfo"
    settings.OIDC_OP_JWKS_ENDPOINT = f"{address}/jwks"
    settings.OIDC_OP_LOGOUT_ENDPOINT = f"{address}/end"
    keys.forget()
    yield server.provider
    server.shutdown()
    server.server_close()


def begin(client, provider: Provider, query: str = "") -> SimpleNamespace:
    """Start a sign-in as a browser does; return what the portal sent to the provider."""
    answer = client.get(f"/oidc/authenticate/{query}")
    assert answer.status_code == 302, answer.content
    sent = {
        name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()
    }
    provider.nonce, provider.challenge = sent["nonce"], sent["code_challenge"]
    return SimpleNamespace(**sent)


def come_back(client, state: str, code: str = "code-1", more: str = ""):
    """Return to the portal as the provider sends the browser back."""
    return client.get(f"/oidc/callback/?state={state}&code={code}{more}")


def sign_in_through(client, provider: Provider, code: str = "code-1", query: str = ""):
    """Go the whole way."""
    return come_back(client, begin(client, provider, query).state, code)
