"""Who makes a request, and whether the proof is good enough for what is asked."""

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from portal.accounts.access import fresh_required, very_fresh_required
from portal.accounts.models import User
from portal.api.models import ApiToken
from portal.api.scopes import Scope
from portal.lib.refusal import Forbidden


def person(request: Request) -> User:
    """Return the account, or the part of it that a token may use; permissions have let nobody else in."""
    if not isinstance(request.user, User):
        raise Forbidden("Sign in first.")
    return request.user


def dangerous(request: Request) -> User:
    """Return who acts; a session must be as fresh as on the page that does the same, a token is a proof by itself."""
    if not isinstance(request.auth, ApiToken):
        _fresh(request._request)
    return person(request)


def approver(request: Request) -> User:
    """Return who decides; a token does so only when it was made for that: otherwise one that deploys would also agree."""
    token = request.auth
    if isinstance(token, ApiToken) and Scope.APPROVE not in token.scopes:
        raise Forbidden(
            f"The token {token} may not decide on releases: it lacks the scope {Scope.APPROVE.value}.",
            next_step="Decide on the release's page, or use a token with that scope.",
        )
    return dangerous(request)


def on_call(request: Request) -> User:
    """Return who breaks the glass: a person who has just signed in, which no token proves."""
    if isinstance(request.auth, ApiToken):
        raise Forbidden(
            "A token does not break the glass: it is no proof that somebody has just signed in.",
            next_step="Break it on the release's page, signed in at most 5 minutes ago.",
        )
    _very_fresh(request._request)
    return person(request)


@very_fresh_required
def _very_fresh(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@fresh_required
def _fresh(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
