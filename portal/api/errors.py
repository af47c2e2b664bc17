"""Every error of the REST API in one shape: {"error": {"code", "message", "next_step",
"request_id"}}.
"""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from portal.accounts.refusals import note, request_id
from portal.cloud.errors import CloudError
from portal.lib.database import away_words, is_away
from portal.lib.refusal import Forbidden, Invalid, Missing, Refused

logger = logging.getLogger(__name__)
_CODES: dict[type[Refused], str] = {Forbidden: "forbidden", Invalid: "invalid", Missing: "missing"}
_GROUPS = "Ask the administrator of the groups, or use a token with the scope that this needs."


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """Return the answer to any exception; a refusal leaves its audit row, a fault of ours
    leaves its trace in the log alone.
    """
    set_rollback()
    request: Request = context["request"]
    if isinstance(error, (exceptions.PermissionDenied, PermissionDenied)):
        error = _forbidden(request, error)
    if isinstance(error, Http404):
        error = exceptions.NotFound(f"There is nothing at {request.path}.")
    if isinstance(error, Refused):
        return _refused(request, error)
    if isinstance(error, CloudError):
        return _body(
            request, 503 if error.retryable else 502, "cloud", error.message, error.next_step
        )
    if isinstance(error, exceptions.APIException):
        return _framework(request, error)
    return _fault(request, error)


def _forbidden(request: Request, error: Exception) -> Forbidden:
    usual = str(error) in ("", exceptions.PermissionDenied.default_detail)
    return Forbidden(
        f"{request.user} may not {request.method} {request.path}." if usual else str(error),
        next_step=_GROUPS,
    )


def _refused(request: Request, error: Refused) -> Response:
    note(request._request, error)
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "refused")
    return _body(request, error.status, code, error.message, error.next_step)


def _framework(request: Request, error: exceptions.APIException) -> Response:
    code = str(error.default_code)
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        answer = _body(
            request,
            401,
            "unauthenticated",
            _words(error.detail),
            "Send `Authorization: Bearer <token>`, or sign in.",
        )
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    if isinstance(error, exceptions.ValidationError):
        return _body(
            request,
            400,
            "invalid",
            _words(error.detail),
            "Correct the field named and send it again.",
        )
    return _body(
        request,
        error.status_code,
        code,
        _words(error.detail),
        "The address list is at /api/v1/schema/.",
    )


def _fault(request: Request, error: Exception) -> Response:
    logger.error(
        "%s %s failed, request id %s",
        request.method,
        request.path,
        request_id(request._request),
        exc_info=error,
    )
    if is_away(error):
        answer = _body(
            request,
            503,
            "unavailable",
            away_words(error),
            "Try again in a few seconds.",
        )
        answer["Retry-After"] = "5"
        return answer
    step = "Give the request id to the portal's administrator; the log has the details."
    return _body(request, status.HTTP_500_INTERNAL_SERVER_ERROR, "fault", "Internal error.", step)


def _words(detail: Any) -> str:
    """Return what the framework says as one sentence that names the fields."""
    if isinstance(detail, dict):
        return " ".join(
            _words(item) if name in ("detail", "non_field_errors") else f"{name}: {_words(item)}"
            for name, item in detail.items()
        )
    if isinstance(detail, list):
        return " ".join(_words(item) for item in detail)
    return str(detail)


def _body(request: Request, code: int, name: str, message: str, next_step: str) -> Response:
    told = {
        "code": name,
        "message": message,
        "next_step": next_step,
        "request_id": request_id(request._request),
    }
    return Response({"error": told}, status=code)
