"""API tokens."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class TokenAuthentication(BaseAuthentication):
    """Hashed, scoped, expiring tokens."""

    def authenticate(self, request: Request) -> None:
        """No token yet."""
        return
