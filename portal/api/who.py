"""Who makes a request."""

from rest_framework.request import Request

from portal.accounts.models import User
from portal.lib.refusal import Forbidden


def person(request: Request) -> User:
    """Return the account, or the part of it that a token may use; permissions have let nobody else in."""
    if not isinstance(request.user, User):
        raise Forbidden("Sign in first.")
    return request.user
