"""Asks the identity provider again about a person who is signed in: at least each minute for
looking, at once for a change.
"""

import time
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest

from portal.accounts.claims import groups_in, roles_from
from portal.accounts.encryption import decrypt
from portal.accounts.identity import Identity, find, keep
from portal.accounts.models import User
from portal.accounts.people import update_from_claims
from portal.accounts.provider import ProviderTrouble
from portal.accounts.userinfo import userinfo

AGAIN_SECONDS = 15  # while the provider is silent, looking asks it this often; a change always asks


class IdentityCheck(StrEnum):
    """What is known about the person now."""

    GOOD = "good"
    SILENT = "silent"  # the provider does not answer: looking goes on, changes wait
    STALE = "stale"  # the access token has run out: the browser must pass by the provider again
    GONE = "gone"  # revoked, disabled, or without a role


def check_identity(request: HttpRequest, user: User, *, change: bool) -> IdentityCheck:
    """Return what is known about the signed-in person, asking the provider when the last
    answer is too old.
    """
    identity = find(request.session)
    if identity is None or not user.is_active or not user.roles:
        return (
            IdentityCheck.GOOD
            if identity is None and user.is_break_glass and user.is_active
            else IdentityCheck.GONE
        )
    now = int(time.time())
    limit = settings.IDENTITY_WRITE_SECONDS if change else settings.IDENTITY_READ_SECONDS
    if now - identity.checked_at < limit:
        return IdentityCheck.GOOD
    if not change and now - identity.asked_at < AGAIN_SECONDS:
        return IdentityCheck.SILENT
    return _ask(request, user, identity, now)


def _ask(request: HttpRequest, user: User, identity: Identity, now: int) -> IdentityCheck:
    token = decrypt(identity.sealed_token) if now < identity.token_ends_at else None
    if token is None:
        return IdentityCheck.STALE
    try:
        facts = userinfo(token)
    except ProviderTrouble as error:
        if error.status in (400, 401, 403):  # the provider no longer takes this token
            return IdentityCheck.GONE
        keep(request.session, identity.asked(now))
        return IdentityCheck.SILENT
    if facts.get("sub") != identity.sub:
        return IdentityCheck.GONE
    update_from_claims(user, facts, roles_from(groups_in(facts, settings.OIDC_GROUPS_CLAIM)))
    keep(request.session, identity.checked(now))
    return IdentityCheck.GOOD if user.roles else IdentityCheck.GONE
