"""Sign-in by OIDC: mozilla-django-oidc's flow with its gaps closed (issuer, audience, times,
algorithm, identity, time-outs).
"""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import jwt
import jwt.types
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import absolutify

from portal.accounts.claims import (
    SignInRefused,
    check_access_token_hash,
    check_id_token,
    check_logout_token,
    groups_in,
    proved_at,
    roles_from,
)
from portal.accounts.discovery import endpoints
from portal.accounts.encryption import encrypt
from portal.accounts.identity import Identity
from portal.accounts.keys import signing_key
from portal.accounts.models import User
from portal.accounts.people import upsert_user
from portal.accounts.provider import ProviderTrouble, call
from portal.accounts.userinfo import userinfo

_ID_TOKEN, _LOGOUT_TOKEN = ("JWT",), ("JWT", "LOGOUT+JWT")  # `typ` of their headers
_DECODER = jwt.PyJWT({"enforce_minimum_key_length": True})
_SIGNATURE_ONLY: jwt.types.Options = {  # the claims are judged by `claims.py`, with our words
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True)
class SignedIn:
    """A person whom the provider vouches for, with what the session shall remember."""

    user: User
    identity: Identity


class PortalOIDCBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """The identity provider's people, known by issuer and subject, never by e-mail."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Stay out of Django's authenticate(): only the callback view, which checked the state, may
        call `sign_in`.

        The library's own version reads `code` and `state` from the query of whatever request tries
        a password.
        """
        return

    def sign_in(
        self,
        request: HttpRequest,
        *,
        code: str,
        nonce: str,
        code_verifier: str | None,
        prompted: bool = False,
    ) -> SignedIn:
        """Turn an authorization code into a person, or raise SignInRefused.

        `prompted` says that the provider was told to ask for a new proof: a token that does not say
        when the proof was given then counts as one of now, and otherwise as infinitely old.
        """
        tokens = self.get_token(self._token_request(request, code, code_verifier))
        access_token, id_token = _text(tokens, "access_token"), _text(tokens, "id_token")
        claims = self.verify_token(id_token, nonce=nonce)
        check_access_token_hash(claims, access_token)
        facts = self.get_userinfo(access_token, id_token, claims)
        user = upsert_user(settings.OIDC_ISSUER, _subject(claims), facts, _roles(facts))
        at = int(time.time())
        identity = Identity(
            issuer=settings.OIDC_ISSUER,
            sub=claims["sub"],
            signed_in_at=proved_at(claims, at, prompted=prompted),
            checked_at=at,
            sealed_token=encrypt(access_token),
            token_ends_at=at + _lifetime(tokens),
            sid=str(claims.get("sid") or "")[:255],
        )
        return SignedIn(user, identity)

    def get_token(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Exchange the code at the token endpoint."""
        auth = None
        if settings.OIDC_TOKEN_USE_BASIC_AUTH:
            auth = (quote_plus(payload.pop("client_id")), quote_plus(payload.pop("client_secret")))
        try:
            return call("POST", endpoints().token, data=payload, auth=auth)
        except ProviderTrouble as error:
            if 400 <= error.status < 500:
                raise SignInRefused(
                    "code_refused", "The identity provider did not accept this sign-in.", status=400
                ) from error
            raise trouble(error) from error

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """Return the claims of an ID token whose signature and claims are good, or raise
        SignInRefused.
        """
        claims = self._verify_jws(token, self.retrieve_matching_jwk(token))
        client_id, nonce = self.OIDC_RP_CLIENT_ID, kwargs["nonce"]
        check_id_token(
            claims, issuer=settings.OIDC_ISSUER, client_id=client_id, nonce=nonce, now=time.time()
        )
        return claims

    def verify_logout_token(self, token: str) -> tuple[str, str]:
        """Return whom a logout token signs out, as subject and session id, or raise
        SignInRefused.
        """
        claims = self._verify_jws(token, self.retrieve_matching_jwk(token, _LOGOUT_TOKEN))
        return check_logout_token(
            claims,
            issuer=settings.OIDC_ISSUER,
            client_id=self.OIDC_RP_CLIENT_ID,
            now=time.time(),
        )

    def retrieve_matching_jwk(self, token: str, types: tuple[str, ...] = _ID_TOKEN) -> jwt.PyJWK:
        """Return the provider's key for this token, once its header is found to be ordinary."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise SignInRefused(
                "garbled_token", "The identity provider sent a token that cannot be read."
            ) from error
        try:
            known = endpoints()
        except ProviderTrouble as error:
            raise trouble(error) from error
        algorithm = str(header.get("alg"))
        if algorithm not in known.algorithms:
            expected = " or ".join(known.algorithms) or "an algorithm that the portal takes"
            raise SignInRefused("wrong_algorithm", f"The token is not signed with {expected}.")
        if str(header.get("typ") or "JWT").upper() not in types or "crit" in header:
            raise SignInRefused("wrong_type", "The token is of another type.")
        try:
            key = signing_key(known.jwks, header.get("kid"), algorithm)
        except ProviderTrouble as error:
            raise trouble(error) from error
        if key is None:
            raise SignInRefused(
                "unknown_key",
                "The token is signed with a key that the identity provider does not publish.",
            )
        return key

    def get_userinfo(
        self, access_token: str, id_token: str, payload: dict[str, Any]
    ) -> dict[str, Any]:
        """Return what the provider says about the person now; it must be the person of the ID
        token.
        """
        try:
            facts = userinfo(access_token)
        except ProviderTrouble as error:
            raise trouble(error) from error
        if facts.get("sub") != payload["sub"]:
            raise SignInRefused("wrong_person", "The identity provider described somebody else.")
        return facts

    def _verify_jws(self, payload: str, key: jwt.PyJWK) -> dict[str, Any]:
        try:
            return dict(
                _DECODER.decode(
                    payload, key, algorithms=[key.algorithm_name], options=_SIGNATURE_ONLY
                )
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise SignInRefused(
                "bad_signature", "The token's signature is not the identity provider's."
            ) from error

    def _token_request(
        self, request: HttpRequest, code: str, code_verifier: str | None
    ) -> dict[str, Any]:
        return {
            "client_id": self.OIDC_RP_CLIENT_ID,
            "client_secret": self.OIDC_RP_CLIENT_SECRET,
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": code_verifier or "",
            "redirect_uri": absolutify(request, reverse("oidc_authentication_callback")),
        }


def _subject(claims: dict[str, Any]) -> str:
    """Return the claim that names the person for good: `sub`, or what OIDC_SUBJECT_CLAIM says
    where `sub` can be reused.
    """
    subject = claims.get(settings.OIDC_SUBJECT_CLAIM)
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise SignInRefused(
            "no_subject",
            f"The token has no claim {settings.OIDC_SUBJECT_CLAIM} that names a person.",
        )
    return subject


def _roles(facts: dict[str, Any]) -> list[str]:
    return roles_from(groups_in(facts, settings.OIDC_GROUPS_CLAIM))


def _text(tokens: dict[str, Any], name: str) -> str:
    value = tokens.get(name)
    if not isinstance(value, str) or not value:
        raise SignInRefused("no_token", f"The identity provider sent no {name.replace('_', ' ')}.")
    return value


def _lifetime(tokens: dict[str, Any]) -> int:
    value = tokens.get("expires_in")
    return min(value, 86400) if isinstance(value, int) and value > 0 else 3600


def trouble(error: ProviderTrouble) -> SignInRefused:
    """Say that the provider cannot be asked, and the way round it."""
    return SignInRefused(
        "provider_trouble",
        (
            f"The identity provider could not be reached: it {error}."
            if error.status
            else f"The identity provider: {error}."
        ),
        next_step=(
            "Try again in a minute. If it stays down, a break-glass account can sign in below on"
            " the sign-in page."
        ),
        status=424,
    )
