"""Masking of what looks like a secret before it can reach a log, a page or an audit row."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "••••••"
_SECRET_KEY = re.compile(
    r"(?i)(passw|passwd|secret(?!_?(id|ocid|name|ref))|token|api_?key|private_?key|credential"
    r"|authorization|cookie|content$)"
)
_URL_PASSWORD = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s:/@]+):([^\s@/]+)@")
_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_BEARER = re.compile(r"(?i)\b(bearer) [a-z0-9+/._~-]{20,}=*")


def redact(value: object) -> Any:
    """Return the value with secret-looking keys, URL passwords, private keys and bearers masked."""
    if isinstance(value, Mapping):
        return {key: masked(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(item) for item in value]
    if isinstance(value, str):
        value = _URL_PASSWORD.sub(rf"\1:{MASK}@", value)
        value = _PRIVATE_KEY.sub(rf"\1{MASK}\2", value)
        return _BEARER.sub(rf"\1 {MASK}", value)
    return value


def masked(name: str, value: object) -> Any:
    """Return the value of what is called `name`: masked when the name says that it is a secret.

    Otherwise it is as `redact` returns it.
    """
    if not _SECRET_KEY.search(name):
        return redact(value)
    if isinstance(value, (str, bytes)):
        return MASK
    if isinstance(value, (list, tuple)):
        return [masked(name, item) for item in value]
    return redact(value)
