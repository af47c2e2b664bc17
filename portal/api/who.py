"""Who makes a request, and whether the proof is good enough for what is asked."""

from typing import Any

from rest_framework.request import Request

from portal.accounts.models import User
from portal.acts.spec import ActSpec, Danger
from portal.api.models import ApiToken
from portal.lib.refusal import Forbidden


def person(request: Request) -> User:
    """Return the account, or the part of it that a token may use."""
    if not isinstance(request.user, User):
        raise Forbidden("Sign in first.")
    return request.user


def acting_user(request: Request, spec: ActSpec, row: Any) -> User:
    """Return who does this to the row.

    A token must have the scope of the act; a session must be as fresh as on the page that does the
    same.
    """
    token = request.auth
    if isinstance(token, ApiToken):
        _check_token(token, spec, row)
    else:
        spec.check_sign_in(request._request, row)
    return person(request)


def _check_token(token: ApiToken, spec: ActSpec, row: Any) -> None:
    words = f"The token {token} may not {spec.label.lower()} {row}"
    if spec.danger_of(row) is Danger.VERY_FRESH:
        raise Forbidden(
            f"{words}: a token does not prove that somebody has just signed in.",
            next_step="Do it on its page, signed in at most 5 minutes ago.",
            act=spec.act(row),
        )
    if spec.scope not in token.scopes:
        raise Forbidden(
            f"{words}: it lacks the scope {spec.scope.value}.",
            next_step="Do it on its page, or use a token with that scope.",
            act=spec.act(row),
        )
