"""Where the identity provider answers: from its discovery document, unless a setting says so.

The document (OpenID Connect Discovery 1.0, section 4) is kept for an hour; when the provider does
not answer, what is known stays good.
"""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from portal.accounts.provider import ProviderTrouble, call

ALGORITHMS = ("RS256", "ES256")  # nothing symmetric, nothing unsigned
KEEP_SECONDS = 3600
RETRY_SECONDS = 30  # a provider that is down is asked so often, not by each request
_NAMES = {  # part: its setting, its name in the document
    "authorization": ("OIDC_OP_AUTHORIZATION_ENDPOINT", "authorization_endpoint"),
    "token": ("OIDC_OP_TOKEN_ENDPOINT", "token_endpoint"),
    "userinfo": ("OIDC_OP_USER_ENDPOINT", "userinfo_endpoint"),
    "jwks": ("OIDC_OP_JWKS_ENDPOINT", "jwks_uri"),
    "end_session": ("OIDC_OP_LOGOUT_ENDPOINT", "end_session_endpoint"),
}
_NEEDED = ("authorization", "token", "userinfo", "jwks")

_kept: dict[str, tuple[float, dict[str, Any]]] = {}
_failed: dict[str, tuple[float, ProviderTrouble]] = {}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The provider's addresses; `end_session` is empty when it has none."""

    authorization: str
    token: str
    userinfo: str
    jwks: str
    end_session: str
    algorithms: tuple[str, ...]  # with which an ID token may be signed


def is_configured() -> bool:
    """Say whether there is a provider to sign in with."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_RP_CLIENT_ID)


def endpoints() -> Endpoints:
    """Return the provider's addresses, or raise ProviderTrouble when they cannot be found out."""
    given = {part: getattr(settings, name) for part, (name, _) in _NAMES.items()}
    complete = all(given[part] for part in _NEEDED)
    document = {} if complete else _document(document_address())
    found = {part: given[part] or _address(document, name) for part, (_, name) in _NAMES.items()}
    missing = [_NAMES[part][1] for part in _NEEDED if not found[part]]
    if missing:
        raise ProviderTrouble(f"publishes no usable {', '.join(missing)}")
    return Endpoints(**found, algorithms=_algorithms(document))


def document_address() -> str:
    """Return where the discovery document lies."""
    return settings.OIDC_DISCOVERY_URL or (
        f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration"
    )


def forget() -> None:
    """Drop what is kept."""
    _kept.clear()
    _failed.clear()


def _document(url: str) -> dict[str, Any]:
    at = time.monotonic()
    read_at, document = _kept.get(url, (float("-inf"), {}))
    failed_at, trouble = _failed.get(url, (float("-inf"), None))
    if at - read_at <= KEEP_SECONDS or (document and at - failed_at <= RETRY_SECONDS):
        return document
    if trouble and at - failed_at <= 1:  # people who try at once get one answer
        raise trouble
    try:
        found = _checked(call("GET", url))
    except ProviderTrouble as error:
        _failed[url] = (time.monotonic(), error)
        if document:
            return document
        raise
    _kept[url] = (time.monotonic(), found)
    return found


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    """Refuse the document of another issuer: OCI identity domains publish theirs at another host
    than the issuer that it names, so only the name counts.
    """
    said = document.get("issuer")
    if said != settings.OIDC_ISSUER:
        raise ProviderTrouble(
            f"says in its discovery document that it is {str(said)[:200]!r}, and OIDC_ISSUER is"
            f" {settings.OIDC_ISSUER!r}"
        )
    return document


def _address(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) and urlsplit(value).scheme in ("https", "http") else ""


def _algorithms(document: dict[str, Any]) -> tuple[str, ...]:
    """Return the one that the settings name, else those that both sides take."""
    if settings.OIDC_RP_SIGN_ALGO:
        return (settings.OIDC_RP_SIGN_ALGO,) if settings.OIDC_RP_SIGN_ALGO in ALGORITHMS else ()
    published = document.get("id_token_signing_alg_values_supported")
    listed = published if isinstance(published, list) else ["RS256"]
    return tuple(one for one in ALGORITHMS if one in listed)
