"""Sign-in by OIDC, hardened."""

from mozilla_django_oidc.auth import OIDCAuthenticationBackend


class PortalOIDCBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """The identity provider's people."""
