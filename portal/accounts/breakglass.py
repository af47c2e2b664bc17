"""Break-glass accounts: local sign-in by password and second factor, for when the identity
provider is down.
"""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from portal.accounts.encryption import decrypt, encrypt
from portal.accounts.identity import signed_in_seconds_ago
from portal.accounts.models import User
from portal.accounts.rate_limit import address_of
from portal.accounts.refusals import request_id
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Refused

_log = logging.getLogger("portal.sign-in")


def must_enrol(user: User) -> bool:
    """Say whether a break-glass account still lacks a second factor."""
    return not is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])


class BreakGlassBackend(AuthenticationBackend):  # type: ignore[misc]
    """Local accounts alone: a password never opens the account of somebody whom the identity
    provider knows.
    """

    def _check_password(self, user: User | None, password: str) -> User | None:
        """Look at the password in either case, so that the time taken tells nothing."""
        known = super()._check_password(user, password)
        if user is not None and not user.is_break_glass:
            self.unstash_authenticated_user()
            return None
        return known if known is None else user


class BreakGlassAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth without sign-up, whose every sign-in is a row of the audit trail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let nobody make an account."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return what TRUSTED_PROXY_COUNT proxies vouch for, else whoever is connected; a
        forged header must not fail a page.
        """
        try:
            return str(super().get_client_ip(request))
        except (PermissionDenied, ImproperlyConfigured):
            return str(request.META.get("REMOTE_ADDR", ""))

    def login(self, request: HttpRequest, user: User) -> None:
        """Open the session; the audit row comes first, so there is no session without one."""
        with transaction.atomic():
            audit(
                Act(Verb.LOGIN, user.actor),
                actor=user.actor,
                request_id=request_id(request),
                detail={
                    "door": "break-glass",
                    "roles": user.roles,
                    "second_factor": not must_enrol(user),
                    "address": address_of(request),
                },
            )
            super().login(request, user)
        _log.warning("break-glass account %s signed in", user.username)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again for changes to the second factor when the last proof is more than five
        minutes old.
        """
        return signed_in_seconds_ago(context.request) > settings.FRESH_BREAK_GLASS_SECONDS


class EncryptedSecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the seeds of second factors encrypted in the database."""

    def get_totp_issuer(self) -> str:
        """Name the portal in the authenticator app."""
        return "Portal"

    def encrypt(self, text: str) -> str:
        """Encrypt a seed."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt a seed, or say what to do when SECRET_KEY was replaced."""
        text = decrypt(encrypted_text)
        if text is None:
            raise Refused(
                "The second factor was encrypted under another SECRET_KEY.",
                next_step=(
                    "Put the old key into SECRET_KEY_FALLBACKS, or run `manage.py breakglass NAME"
                    " --reset`."
                ),
            )
        return text
