"""Errors of the REST API as JSON."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer for an exception."""
    return exception_handler(error, context)
