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


# In words, such as those of an error: an Authorization header, a JWT, what
# portal/accounts/encryption.py encrypts, and values that follow a telling name.
_TOKENS = re.compile(
    r"(?i:\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|\bgAAAA[\w-]{16,}=*"
    r"|(?i:\b(?:password|passwd|secret|token|api_?key)\b['\"]?\s*[=:]\s*)['\"]?[^\s'\",;&}]{4,}"
)


def redact_words(value: object) -> Any:
    """Return what is written for people to read, with all that `redact` masks and also what
    looks like a secret in the middle of a sentence.

    For errors, log lines and audit rows; never for data that a program reads again.
    """
    if isinstance(value, Mapping):
        return {key: redact_words(item) for key, item in redact(value).items()}
    if isinstance(value, (list, tuple)):
        return [redact_words(item) for item in value]
    return _TOKENS.sub(MASK, redact(value)) if isinstance(value, str) else value


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
