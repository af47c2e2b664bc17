"""The three doors of single sign-on: start, come back, leave."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from portal.accounts.claims import SignInRefused
from portal.accounts.discovery import endpoints, is_configured
from portal.accounts.identity import keep
from portal.accounts.oidc import PortalOIDCBackend, SignedIn, trouble
from portal.accounts.provider import ProviderTrouble
from portal.accounts.rate_limit import address_of
from portal.accounts.refusals import request_id
from portal.accounts.roles import Role
from portal.accounts.signins import failed
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act

STATE_SECONDS = 600
PROMPTED = "prompted"  # in a state: the provider was told to ask for a new proof
_BACKEND = "portal.accounts.oidc.PortalOIDCBackend"
_OTHER_BROWSER = (
    "This sign-in was not started in this browser, was already used, or took longer than ten"
    " minutes."
)


class StartSignIn(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Sends the browser to the identity provider; `?again=1` asks it for a new proof instead
    of its own session.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        """StartSignIn a sign-in, if there is a provider to go to."""
        if not is_configured():
            return refused(
                request,
                SignInRefused("not_configured", "No identity provider is configured.", status=404),
            )
        try:
            self.OIDC_OP_AUTH_ENDPOINT = endpoints().authorization
        except ProviderTrouble as error:
            return refused(request, trouble(error))
        answer: HttpResponse = super().get(request)
        if request.GET.get("again"):
            _remember_prompt(request, answer)
        return answer

    def get_extra_params(self, request: HttpRequest) -> dict[str, Any]:
        """Ask when the last proof was given, and for a new one when the portal needs one.

        A provider owes `auth_time` only to those who send `max_age`.
        """
        if request.GET.get("again"):
            return {"prompt": "login", "max_age": "0"}
        return {"max_age": str(settings.SESSION_COOKIE_AGE)}


class FinishSignIn(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """Receives the browser from the identity provider. Each state is good once, for ten
    minutes, in one browser.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        """Sign the person in, or say in words why not; never fail."""
        try:
            started = _take_state(request)
            _check_answer(request)
            backend = PortalOIDCBackend()
            signed_in = backend.sign_in(
                request,
                code=request.GET["code"],
                nonce=started["nonce"],
                code_verifier=started["code_verifier"],
                prompted=bool(started.get(PROMPTED)),
            )
        except SignInRefused as error:
            return refused(request, error)
        _enter(request, signed_in)
        return HttpResponseRedirect(self.success_url)


def _remember_prompt(request: HttpRequest, answer: HttpResponse) -> None:
    """Keep with this sign-in's state that the provider was told to ask for a new proof."""
    state = parse_qs(urlsplit(answer["Location"]).query)["state"][0]
    request.session["oidc_states"][state][PROMPTED] = True
    request.session.save()


def refused(request: HttpRequest, error: SignInRefused) -> HttpResponse:
    """Record a failed sign-in and show why; whoever was signed in before no longer is."""
    failed(request, error.reason, door="single sign-on")
    if request.user.is_authenticated:
        request.session.flush()
        request.user = auth.models.AnonymousUser()
    context = {
        "error": error,
        "roles": list(Role),
        "request_id": request_id(request),
        "end_session": end_session_address(),
    }
    return render(request, "account/sign_in_refused.html", context, status=error.status)


def end_session_address() -> str:
    """Return where the person can end the identity provider's own session; empty when it
    offers no such page.
    """
    try:
        address = endpoints().end_session if is_configured() else ""
    except ProviderTrouble:
        address = ""
    if not address:
        return ""
    back = {
        "client_id": settings.OIDC_RP_CLIENT_ID,
        "post_logout_redirect_uri": f"{settings.PORTAL_URL}/accounts/login/",
    }
    return f"{address}?{urlencode(back)}"


def _take_state(request: HttpRequest) -> dict[str, Any]:
    """Return what was remembered when this sign-in started, and forget it, before anything
    slow happens.
    """
    states = request.session.get("oidc_states")
    started = states.pop(request.GET.get("state", ""), None) if isinstance(states, dict) else None
    if started is None:
        raise SignInRefused("unknown_state", _OTHER_BROWSER, status=400)
    request.session.save()
    if time.time() - started["added_on"] > STATE_SECONDS:
        raise SignInRefused("late_state", _OTHER_BROWSER, status=400)
    return dict(started)


def _check_answer(request: HttpRequest) -> None:
    """Refuse an answer that is an error, comes from another issuer (RFC 9207), or brings no
    code.
    """
    problem = re.sub(r"[^a-z_]", "", request.GET.get("error", "")[:40])
    if "error" in request.GET:
        raise SignInRefused(
            f"provider_said_{problem}",
            f"The identity provider ended the sign-in: {problem or 'no reason'}.",
        )
    if request.GET.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER:
        raise SignInRefused("wrong_issuer", "The answer comes from another issuer.", status=400)
    if not request.GET.get("code"):
        raise SignInRefused("no_code", "The identity provider sent no code.", status=400)


def _enter(request: HttpRequest, signed_in: SignedIn) -> None:
    """Open a session under a new key; the audit row comes first, so there is no session
    without one.
    """
    target = request.session.get("oidc_login_next")
    with transaction.atomic():
        audit(
            Act(Verb.LOGIN, signed_in.user.actor),
            actor=signed_in.user.actor,
            request_id=request_id(request),
            detail={
                "door": "single sign-on",
                "issuer": signed_in.identity.issuer,
                "roles": signed_in.user.roles,
                "address": address_of(request),
            },
        )
        request.session.flush()
        auth.login(request, signed_in.user, backend=_BACKEND)
    keep(request.session, signed_in.identity)
    UserSession.objects.create_from_request(request)  # the list under /accounts/sessions/
    request.session["oidc_login_next"] = target
