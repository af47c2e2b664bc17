"""The rules an ID token must meet: pure, without clock, network or database."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from portal.accounts.roles import Role

LEEWAY = 30  # seconds that the two clocks may differ
# seconds since the token was made: it comes straight from the token endpoint, so more is a replay
OLDEST = 600
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class SignInRefused(Exception):
    """A sign-in that did not succeed: `reason` for the audit trail, `words` for the person;
    never a token in either.
    """

    def __init__(
        self,
        reason: str,
        words: str,
        *,
        next_step: str = "Start the sign-in again.",
        status: int = 403,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.words = words
        self.next_step = next_step
        self.status = status


def check_id_token(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: float
) -> str:
    """Return the subject of an ID token whose signature is already known to be good, or raise
    SignInRefused.
    """
    _require(claims.get("iss") == issuer, "wrong_issuer", "The token comes from another issuer.")
    _check_audience(claims, issuer, client_id)
    _check_times(claims, now)
    given = claims.get("nonce")
    matches = (
        isinstance(given, str)
        and bool(nonce)
        and hmac.compare_digest(given.encode(), nonce.encode())
    )
    _require(matches, "wrong_nonce", "The token belongs to another sign-in.")
    subject = claims.get("sub")
    _require(
        isinstance(subject, str) and 0 < len(subject) <= 255,
        "no_subject",
        "The token does not name a person.",
    )
    return str(subject)


def check_logout_token(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, now: float
) -> tuple[str, str]:
    """Return the subject and the session id of a logout token whose signature is known to be good
    (one of them may be empty), or raise SignInRefused (OpenID Connect Back-Channel Logout, 2.6).
    """
    _require(claims.get("iss") == issuer, "wrong_issuer", "The token comes from another issuer.")
    _check_audience(claims, issuer, client_id)
    _check_times({"exp": now + OLDEST, **claims}, now)
    events = claims.get("events")
    says_so = isinstance(events, Mapping) and isinstance(events.get(LOGOUT_EVENT), Mapping)
    _require(says_so, "wrong_event", "The token does not speak of a sign-out.")
    _require("nonce" not in claims, "wrong_type", "The token is an ID token.")
    named = [claims.get(name, "") for name in ("sub", "sid")]
    usable = any(named) and all(isinstance(one, str) and len(one) <= 255 for one in named)
    _require(usable, "no_subject", "The token names neither a person nor a session.")
    return str(named[0]), str(named[1])


def check_access_token_hash(claims: Mapping[str, Any], access_token: str) -> None:
    """Refuse an access token that was swapped for another one, when the ID token carries its
    hash (RS256, ES256).
    """
    if "at_hash" in claims:
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        expected = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        _require(
            claims["at_hash"] == expected,
            "wrong_access_token",
            "The access token does not belong to the ID token.",
        )


def proved_at(claims: Mapping[str, Any], now: int, *, prompted: bool) -> int:
    """Return when the person last proved who they are; 0, long ago, when nothing says so."""
    told = claims.get("auth_time")
    if isinstance(told, int) and not isinstance(told, bool):
        return min(told, now)
    return now if prompted else 0


def groups_in(claims: Mapping[str, Any], name: str) -> list[str]:
    """Return the names in the groups claim, given as texts or as objects with a `name`;
    anything else counts as none.
    """
    found = claims.get(name)
    listed = found if isinstance(found, list) else [found]
    names = [item.get("name") if isinstance(item, Mapping) else item for item in listed]
    return [item for item in names if isinstance(item, str) and item]


def roles_from(groups: list[str]) -> list[str]:
    """Return the roles among the groups, in the order of the Role table."""
    return [role.value for role in Role if role.value in groups]


def _check_audience(claims: Mapping[str, Any], issuer: str, client_id: str) -> None:
    """Our client id must be in `aud`; `azp`, when there, must be ours, and it must be there
    when a third party is in `aud`.
    """
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    _require(
        all(isinstance(item, str) for item in listed),
        "wrong_audience",
        "The token's audience cannot be read.",
    )
    _require(client_id in listed, "wrong_audience", "The token was made for another application.")
    if "azp" in claims:
        _require(
            claims["azp"] == client_id,
            "wrong_party",
            "The token was handed to another application.",
        )
    else:
        others = set(listed) - {
            client_id,
            issuer,
        }  # OCI identity domains list their own issuer as well
        _require(not others, "no_party", "The token is shared with another application.")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    made, ends = _seconds(claims, "iat"), _seconds(claims, "exp")
    _require(ends is not None, "no_expiry", "The token never expires.")
    _require(made is not None, "no_issue_time", "The token does not say when it was made.")
    _require(float(ends or 0) > now - LEEWAY, "expired", "The token has expired.")
    _require(
        float(made or 0) <= now + LEEWAY,
        "from_the_future",
        "The token is from the future: compare the two clocks.",
    )
    _require(float(made or 0) >= now - OLDEST, "too_old", "The token was made too long ago.")
    if "nbf" in claims:
        begins = _seconds(claims, "nbf")
        _require(
            begins is not None and begins <= now + LEEWAY,
            "not_yet_valid",
            "The token is not valid yet.",
        )


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e11
    return float(value) if usable and value is not None else None


def _require(good: bool, reason: str, words: str) -> None:
    if not good:
        raise SignInRefused(reason, words)
