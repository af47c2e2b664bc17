"""Break-glass accounts: local sign-in by password and second factor, for when the identity provider is down."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend


class BreakGlassBackend(AuthenticationBackend):  # type: ignore[misc]
    """Local accounts alone."""


class BreakGlassAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up."""
