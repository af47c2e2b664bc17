"""The questions that a page asks before it acts: which role, how fresh a sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from portal.accounts.identity import find, signed_in_seconds_ago
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Forbidden

View = Callable[..., HttpResponseBase]


class StaleSignIn(Forbidden):
    """A dangerous act needs a younger proof of who is acting; the page offers the way to give
    it.
    """


def allow(allowed: bool, user: Any, words: str, act: Act | None = None) -> None:
    """Raise Forbidden when a `can_*` predicate said no; `words` complete "dan may not …"."""
    if allowed:
        return
    held = ", ".join(getattr(user, "roles", None) or ()) or "no role"
    raise Forbidden(
        f"{user} may not {words}.",
        next_step=(
            f"Your groups give you: {held}. If that is wrong, ask the administrator of the groups,"
            " then sign in again."
        ),
        act=act or Act(Verb.REFUSED),
    )


def role_required(*roles: Role) -> Callable[[View], View]:
    """Let a view run for active holders of one of the roles (any role when none is named);
    the anonymous are sent to sign in.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not has_role(request.user, *roles):
                raise _wrong_role(request, roles)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def require_fresh_sign_in(request: HttpRequest, setting: str) -> None:
    """Raise StaleSignIn unless the sign-in is as young as this setting says (5 minutes for a
    break-glass account).
    """
    limit = getattr(settings, setting if find(request.session) else "FRESH_BREAK_GLASS_SECONDS")
    if signed_in_seconds_ago(request) > limit:
        raise StaleSignIn(
            f"This act needs a sign-in that is at most {limit // 60} minutes old. Nothing was"
            " done.",
            next_step="Sign in again, then repeat the act.",
            act=Act(Verb.REFUSED, f"page:{request.path}"),
        )


def fresh_within(setting: str) -> Callable[[View], View]:
    """Let a view run only after a sign-in no older than this setting says."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require_fresh_sign_in(request, setting)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


fresh_required = fresh_within("FRESH_SIGN_IN_SECONDS")  # for dangerous acts
very_fresh_required = fresh_within(
    "FRESH_BREAK_GLASS_SECONDS"
)  # for what nobody else is asked about


def _wrong_role(request: HttpRequest, roles: tuple[Role, ...]) -> Forbidden:
    needed = " or ".join(roles or Role)
    return Forbidden(
        f"{request.user} may not open {request.path}: it takes the group {needed}.",
        next_step=(
            "Ask the administrator of the groups at the identity provider, then sign in again."
        ),
        act=Act(Verb.REFUSED, f"page:{request.path}"),
    )
