"""Logs as one JSON object a line, with what looks like a secret masked."""

import json
import logging
import traceback

from portal.lib.clock import now
from portal.lib.redact import redact


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON: at, level, logger, message and, for an exception, its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; line breaks and control characters are escaped by JSON itself."""
        line = {"at": now().isoformat(), "level": record.levelname, "logger": record.name, "message": redact(record.getMessage())}
        if record.exc_info and record.exc_info[0]:
            line["traceback"] = redact("".join(traceback.format_exception(*record.exc_info)))
        return json.dumps(line, ensure_ascii=True)
