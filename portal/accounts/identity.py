"""What a session knows about the person's last word from the identity provider; kept on the
server, never in the cookie.
"""

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

_KEY = "identity"
_BROWSER = "browser"


@dataclass(frozen=True)
class Identity:
    """A sign-in by single sign-on. Times are seconds since the epoch; `sealed_token` is the
    access token, encrypted.
    """

    issuer: str
    sub: str
    signed_in_at: int
    checked_at: int
    asked_at: int = 0
    sealed_token: str = ""
    token_ends_at: int = 0
    sid: str = ""  # the provider's name of its own session, when it gives one

    def checked(self, at: int) -> "Identity":
        """Return the identity as confirmed by the provider at a moment."""
        return replace(self, checked_at=at, asked_at=at)

    def asked(self, at: int) -> "Identity":
        """Return the identity after a question that the provider did not answer."""
        return replace(self, asked_at=at)


def keep(session: SessionBase, identity: Identity) -> None:
    """Put the identity into the session."""
    session[_KEY] = asdict(identity)


def find(session: SessionBase) -> Identity | None:
    """Return the identity of the session, or None for a break-glass or anonymous one."""
    kept: dict[str, Any] | None = session.get(_KEY)
    return Identity(**kept) if kept else None


def remember_browser(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Bind a new session to the browser it was opened in; connected to Django's sign-in
    signal, so no door forgets it.
    """
    request.session[_BROWSER] = _browser(request)


def same_browser(request: HttpRequest) -> bool:
    """Say whether the request comes from the kind of browser that opened the session (a
    stolen cookie mostly does not).
    """
    return request.session.get(_BROWSER) == _browser(request)


def signed_in_seconds_ago(request: HttpRequest) -> float:
    """Return how long ago this person last proved who they are, by whichever door; infinity
    when never.
    """
    identity = find(request.session)
    if identity:
        return time.time() - identity.signed_in_at
    proofs = [record["at"] for record in get_authentication_records(request, request.user)]
    return time.time() - max(proofs) if proofs else float("inf")


def _browser(request: HttpRequest) -> str:
    return hashlib.sha256(request.META.get("HTTP_USER_AGENT", "").encode()).hexdigest()[:16]
