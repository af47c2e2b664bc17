"""Shows what the portal refuses or cannot do, as a page or as JSON, with the audit row that
belongs to it.
"""

import logging
import sys
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts.access import StaleSignIn
from portal.accounts.rate_limit import within_rate_limit
from portal.accounts.roles import has_role
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.cloud.errors import CloudError
from portal.lib.act import Act
from portal.lib.database import away_words, is_away
from portal.lib.refusal import Forbidden, Refused

_SAFE = ("GET", "HEAD", "OPTIONS")
_CODES = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "missing",
    502: "cloud",
    503: "unavailable",
}
_log = logging.getLogger("portal.refusals")


class RefusalMiddleware:
    """Turns a refusal raised in any view into a page; runs after the view's transaction is
    rolled back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; only exceptions are of interest here."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer refusals and errors of the cloud; leave the rest to the handlers below."""
        if isinstance(error, Refused):
            return refuse(request, error)
        if isinstance(error, CloudError):
            return cloud_trouble(request, error)
        if isinstance(error, PermissionDenied):
            return refuse(request, _forbidden(request, str(error)))
        return None


def request_id(request: HttpRequest) -> str:
    """Return the id that names this request on its error page, in the log and in the audit
    trail.
    """
    if "portal.request_id" not in request.META:
        request.META["portal.request_id"] = uuid.uuid4().hex[:12]
    return str(request.META["portal.request_id"])


def refuse(request: HttpRequest, error: Refused) -> HttpResponse:
    """Record the refusal and show it."""
    note(request, error)
    return show(
        request, error.status, error.message, error.next_step, stale=isinstance(error, StaleSignIn)
    )


def note(request: HttpRequest, error: Refused) -> None:
    """Write the audit row of a refusal, unless somebody merely looked for what is not there."""
    if request.method in _SAFE and not isinstance(error, Forbidden):
        return
    actor = actor_of(request)
    if actor == "anonymous" and not within_rate_limit(request, "pages"):
        return
    audit(
        Act(
            error.act.verb or Verb.REFUSED,
            error.act.subject or f"page:{request.path}",
            error.act.environment,
        ),
        actor=actor,
        outcome=Outcome.REFUSED,
        request_id=request_id(request),
        detail={"reason": error.message, "method": request.method or "", "path": request.path},
    )


def actor_of(request: HttpRequest) -> str:
    """Return how audit rows name whoever made the request."""
    user = getattr(request, "user", None)
    return str(user.actor) if user is not None and user.is_authenticated else "anonymous"


def cloud_trouble(request: HttpRequest, error: CloudError) -> HttpResponse:
    """Show that OCI did not do what a page asked of it."""
    _log.warning("%s (%s, OCI request id %s)", error.message, error.operation, error.request_id)
    facts = {"OCI request id": error.request_id, "Operation": error.operation, "Code": error.code}
    return show(
        request, 503 if error.retryable else 502, error.message, error.next_step, facts=facts
    )


def show(
    request: HttpRequest,
    status: int,
    message: str,
    next_step: str = "",
    *,
    facts: dict[str, str] | None = None,
    stale: bool = False,
) -> HttpResponse:
    """Render a refusal: JSON for the REST API, a page inside the portal for its people, a
    plain page for strangers.
    """
    shown = {name: value for name, value in (facts or {}).items() if value}
    shown["Request id"] = request_id(request)
    if request.path.startswith("/api/"):
        return as_json(request, status, message, next_step)
    context: dict[str, Any] = {
        "message": message,
        "next_step": next_step,
        "facts": shown,
        "back": _referrer(request),
        "stale": stale,
        "status": status,
        "parent": "account/plain.html",
    }
    if has_role(getattr(request, "user", None)):
        frame = (
            admin.site.each_context(request) if request.path.startswith("/admin/") else {}
        )  # elsewhere it is there already
        context = {**frame, **context, "parent": "portal/page.html"}
    return render(request, "portal/refused.html", context, status=status)


def as_json(request: HttpRequest, status: int, message: str, next_step: str) -> JsonResponse:
    """Return an error in the shape that every answer of the REST API has."""
    code = _CODES.get(status, "refused" if status < 500 else "fault")
    told = {
        "code": code,
        "message": message,
        "next_step": next_step,
        "request_id": request_id(request),
    }
    return JsonResponse({"error": told}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Refuse a form that did not come from the portal's own page."""
    return refuse(
        request,
        Forbidden(
            f"This form was not accepted: {reason}",
            next_step="Open the page again and repeat the act.",
        ),
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 400: a request that Django itself finds suspicious; its host name may be forged,
    so nothing is looked up.
    """
    return plain_page(
        "This request cannot be used.",
        "Go back and try again from the page itself.",
        400,
        request_id(request),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 404."""
    if request.path.startswith("/api/"):
        return show(request, 404, f"There is nothing at {request.path}.")
    return HttpResponse(render_to_string("404.html", {"path": request.path}), status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Answer 403 for refusals that middleware raised."""
    return refuse(request, _forbidden(request, str(exception)))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answer 500, or 503 when the database is away: the page carries an id and nothing else
    of what happened.
    """
    error = sys.exc_info()[1]
    away = error is not None and is_away(error)
    _log.error(
        "%s %s ended in %s, request id %s",
        request.method,
        request.path,
        type(error).__name__,
        request_id(request),
    )
    message = away_words(error) if error is not None and away else "Internal error."
    step = (
        "Try again in a few seconds."
        if away
        else "Give this id to the portal's administrator; the log has the details."
    )
    if request.path.startswith("/api/"):
        return as_json(request, 503 if away else 500, message, step)
    response = plain_page(message, step, 503 if away else 500, request_id(request))
    if away:
        response["Retry-After"] = "5"
    return response


def plain_page(message: str, next_step: str, status: int, reference: str) -> HttpResponse:
    """Render the page that needs neither the database nor a session."""
    words = {"message": message, "next_step": next_step, "reference": reference}
    return HttpResponse(render_to_string("500.html", words), status=status)


def _forbidden(request: HttpRequest, reason: str) -> Forbidden:
    return Forbidden(
        reason or f"You may not open {request.path}.",
        next_step="If that is wrong, ask the administrator of the groups at the identity provider.",
    )


def _referrer(request: HttpRequest) -> str:
    address = request.headers.get("Referer", "")
    return address if url_has_allowed_host_and_scheme(address, {request.get_host()}) else "/"
