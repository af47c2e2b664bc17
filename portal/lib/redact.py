"""Masking of what looks like a secret before it can reach a log, a page or an audit row."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "••••••"
_SECRET_KEY = re.compile(
    r"(?i)(passw|passwd|secret(?!_?(id|ocid|name|ref))|token|api_?key|private_?key|credential|authorization|cookie|content$)"
)
_URL_PASSWORD = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s:/@]+):([^\s@/]+)@")


def redact(value: Any) -> Any:
    """Return the value with the values of secret-looking keys, and passwords inside URLs, masked."""
    if isinstance(value, Mapping):
        return {key: MASK if _hides(str(key), item) else redact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(item) for item in value]
    if isinstance(value, str):
        return _URL_PASSWORD.sub(rf"\1:{MASK}@", value)
    return value


def _hides(key: str, item: Any) -> bool:
    return isinstance(item, (str, bytes)) and bool(_SECRET_KEY.search(key))
