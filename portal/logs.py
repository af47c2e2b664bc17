"""Logs as one JSON object a line, with what looks like a secret masked, and error reports
without anybody's data.
"""

import json
import logging
import traceback
from collections.abc import ItemsView
from types import FrameType, TracebackType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

from portal.lib.clock import now
from portal.lib.current import request_id
from portal.lib.redact import redact_words


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON: at, level, logger, message, the request's id and, for an
    exception, its traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; line breaks and control characters are escaped by JSON itself."""
        line = {
            "at": now().isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        if record.exc_info and record.exc_info[0]:
            line["traceback"] = mask("".join(traceback.format_exception(*record.exc_info)))
        return json.dumps(line, ensure_ascii=True)


def mask(text: str) -> str:
    """Return the text without what looks like a password, a token or a private key."""
    return str(redact_words(text))


class NothingReported(SafeExceptionReporterFilter):
    """Django's error reports without form fields, cookies or the values of variables: any of
    them may be a secret.
    """

    def is_active(self, request: HttpRequest | None) -> bool:
        """Filter always, with DEBUG too."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        """Report no form field."""
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType | TracebackType
    ) -> ItemsView[str, Any]:
        """Report no variable."""
        return dict[str, Any]().items()

    def get_safe_request_meta(self, request: HttpRequest | None) -> dict[str, Any]:
        """Report no header."""
        return {}

    def get_safe_cookies(self, request: HttpRequest | None) -> dict[str, Any]:
        """Report no cookie."""
        return {}
