"""Back-channel logout: the identity provider ends a person's sessions here, without a browser.

OpenID Connect Back-Channel Logout 1.0: a POST with a signed logout token; 200 when it was taken,
400 when it was not.
"""

from collections.abc import Iterator

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from portal.accounts import identity
from portal.accounts.claims import SignInRefused
from portal.accounts.oidc import PortalOIDCBackend
from portal.accounts.refusals import request_id
from portal.accounts.signins import failed
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act

LONGEST = 16 * 1024  # characters of a token


@csrf_exempt  # it carries no cookie: the provider's signature is the proof
@require_POST
def back_channel_logout(request: HttpRequest) -> HttpResponse:
    """End the sessions that a logout token names."""
    try:
        token = request.POST.get("logout_token", "")
        if not 0 < len(token) <= LONGEST:
            raise SignInRefused("no_token", "There is no logout token.")
        subject, sid = PortalOIDCBackend().verify_logout_token(token)
    except SignInRefused as error:
        failed(request, error.reason, door="back-channel logout")
        said = {"error": "invalid_request", "error_description": error.words}
        return JsonResponse(said, status=400, headers={"Cache-Control": "no-store"})
    for session in list(_sessions(subject, sid)):
        act = Act(Verb.LOGOUT, session.user.actor)
        detail = {"door": "back-channel logout"}
        audit(act, actor=session.user.actor, request_id=request_id(request), detail=detail)
        session.end()
    return HttpResponse(status=200, headers={"Cache-Control": "no-store"})


def _sessions(subject: str, sid: str) -> Iterator[UserSession]:
    """Yield the sessions of a person of this provider; with a session id that one alone."""
    for session in UserSession.objects.filter(user__issuer=settings.OIDC_ISSUER):
        known = identity.find(SessionStore(session.session_key))
        if known and subject in ("", known.sub) and sid in ("", known.sid):
            yield session
