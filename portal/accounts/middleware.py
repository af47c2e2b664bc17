"""The gate in front of every view: who is it still, with which proof, from which browser; and
the headers of each answer.
"""

from collections.abc import Callable
from functools import cache

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from portal.accounts.access import StaleSignIn
from portal.accounts.breakglass import must_enrol
from portal.accounts.freshness import IdentityCheck, check_identity
from portal.accounts.identity import same_browser
from portal.accounts.models import User
from portal.accounts.refusals import note, refuse, request_id, show
from portal.audit.verbs import Verb
from portal.lib import current
from portal.lib.act import Act
from portal.lib.refusal import Forbidden, Refused

SAFE = ("GET", "HEAD", "OPTIONS")
PERMISSIONS = (
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)"
)
_PROVIDER_SILENT = (
    "The identity provider does not answer: you can view everything, but nothing can be changed"
    " until it does."
)


class ProviderSilent(Refused):
    """A change needs a word from the identity provider, which does not answer."""

    status = 424


class AccessMiddleware:
    """Lets a request pass, sends it to sign in, or refuses it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with the headers that every page carries."""
        token = current.request_id.set(request_id(request))
        try:
            response = self._gate(request) or self.get_response(request)
        finally:
            current.request_id.reset(token)
        response.setdefault("Cache-Control", "no-store")
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("X-Request-Id", request_id(request))
        return response

    def _gate(self, request: HttpRequest) -> HttpResponse | None:
        if request.path in _always_open() or not isinstance(user := request.user, User):
            return None
        change = request.method not in SAFE
        if change and not same_browser(request):
            return end(request, "This session was opened in another browser.")
        if user.is_break_glass and must_enrol(user):
            return _enrol(request)
        if not user.is_break_glass and request.path.startswith(_local_only()):
            return refuse(
                request,
                Forbidden(
                    "Your password and second factor are managed at the identity provider, not"
                    " here."
                ),
            )
        return self._judge(request, check_identity(request, user, change=change), change=change)

    def _judge(
        self, request: HttpRequest, word: IdentityCheck, *, change: bool
    ) -> HttpResponse | None:
        if word is IdentityCheck.GONE:
            return end(
                request,
                "Your access has ended: the identity provider no longer confirms your account, or"
                " your groups changed.",
            )
        if word is IdentityCheck.STALE:
            return _pass_by_again(request, change=change)
        if word is IdentityCheck.SILENT and change:
            step = (
                "Nothing was done. Looking goes on. If it cannot wait, sign out and use a"
                " break-glass account."
            )
            return refuse(
                request,
                ProviderSilent(
                    "The identity provider does not answer, so nothing can be changed.",
                    next_step=step,
                ),
            )
        if word is IdentityCheck.SILENT and not _is_part(request):
            messages.warning(request, _PROVIDER_SILENT)
        return None


def end(request: HttpRequest, words: str) -> HttpResponse:
    """End the session at once; what was asked for was not done."""
    error = Forbidden(
        words,
        next_step="Nothing was done. Sign in again.",
        act=Act(Verb.REFUSED, f"page:{request.path}"),
    )
    note(request, error)
    request.session.flush()
    request.user = AnonymousUser()
    return show(
        request,
        401 if request.path.startswith("/api/") else 403,
        error.message,
        error.next_step,
        stale=True,
    )


def _pass_by_again(request: HttpRequest, *, change: bool) -> HttpResponse:
    """Send the browser by the provider, which usually needs no click; a form or a page's part
    cannot be sent there.
    """
    if change or _is_part(request):
        words = "Your sign-in has to be renewed."
        return refuse(
            request,
            StaleSignIn(words, next_step="Nothing was done. Sign in again, then repeat the act."),
        )
    return redirect_to_login(request.get_full_path(), reverse("oidc_authentication_init"))


def _enrol(request: HttpRequest) -> HttpResponse | None:
    """Keep a break-glass account without a second factor on the pages where it gets one."""
    if request.path in _enrolment():
        return None
    if request.method not in SAFE or _is_part(request):
        return refuse(
            request,
            Forbidden(
                "A break-glass account needs a second factor first.", next_step="Set one up."
            ),
        )
    return HttpResponseRedirect(reverse("mfa_activate_totp"))


def _is_part(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "HX-Request" in request.headers


@cache
def _always_open() -> frozenset[str]:
    """Return the addresses that work whatever the session is worth: leaving, and signing in
    again.
    """
    names = (
        "account_login",
        "account_logout",
        "account_inactive",
        "sign_in_again",
        "healthz",
        "readyz",
    )
    doors = (
        "oidc_authentication_init",
        "oidc_authentication_callback",
        "oidc_logout",
        "admin:logout",
    )
    return frozenset(reverse(name) for name in (*names, *doors))


@cache
def _enrolment() -> frozenset[str]:
    """Return the addresses where a break-glass account gets its second factor, or proves
    itself first.
    """
    names = ("mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate")
    return frozenset(reverse(name) for name in names)


@cache
def _local_only() -> tuple[str, ...]:
    """Return the addresses that mean something to break-glass accounts alone."""
    return (
        reverse("mfa_index"),
        reverse("account_change_password"),
        reverse("account_reauthenticate"),
    )
