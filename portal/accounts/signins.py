"""Audit rows of sign-ins and sign-outs, whichever door they came through."""

import logging
from typing import Any

from allauth.mfa.signals import authentication_failed
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.http import HttpRequest

from portal.accounts.identity import remember_browser
from portal.accounts.models import User
from portal.accounts.rate_limit import address_of, within_rate_limit
from portal.accounts.refusals import actor_of, request_id
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.lib.act import Act
from portal.lib.retention import delete_in_batches

_log = logging.getLogger("portal.sign-in")


def listen() -> None:
    """Hear of every sign-in, failed sign-in and sign-out, through whichever door."""
    user_logged_in.connect(remember_browser)
    user_logged_out.connect(left)
    user_login_failed.connect(password_refused)
    authentication_failed.connect(second_factor_refused)


def failed(request: HttpRequest, reason: str, *, door: str, username: str = "") -> None:
    """Record a sign-in that did not succeed: the reason, never the password or the token.

    One at an account that exists always leaves a row: allauth limits how many there can be.
    """
    _log.warning("sign-in refused by %s: %s", door, reason)
    known = bool(username) and User.objects.filter(username=username).exists()
    if not known and not within_rate_limit(request, door):
        return
    audit(
        Act(Verb.LOGIN_FAILED, f"user:{username}" if username else ""),
        actor="anonymous",
        outcome=Outcome.REFUSED,
        request_id=request_id(request),
        detail={"door": door, "reason": reason, "address": address_of(request)},
    )


def left(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """Record a sign-out; connected to Django's signal, which every way out sends."""
    if request is not None and user is not None:
        audit(Act(Verb.LOGOUT, user.actor), actor=user.actor, request_id=request_id(request))


def password_refused(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Record a wrong password; connected to Django's signal. `credentials` holds more than
    may be written down.
    """
    if request is not None:
        failed(
            request,
            "wrong_password",
            door="break-glass",
            username=str(credentials.get("username", ""))[:150],
        )


def second_factor_refused(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Record a wrong second factor; connected to allauth's signal."""
    name = user.username if user is not None else actor_of(request)
    failed(request, "wrong_second_factor", door="break-glass", username=name)


def delete_ended_sessions() -> int:
    """Delete the sessions whose time is over, and the rows that list them for their owners."""
    ended = delete_in_batches(Session.objects.filter(expire_date__lt=Now()))
    living = Session.objects.filter(session_key=OuterRef("session_key"))
    return ended + delete_in_batches(UserSession.objects.exclude(Exists(living)))
