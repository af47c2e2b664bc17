"""Retry tokens and request digests: the same call has the same ones, in whatever process it is made."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from portal.lib.canonical import canonical, digest


def retry_token(job: object, step: str, label: str, generation: int, request: str) -> str:
    """Return the token of one call, at most 64 characters: a keyed digest, so that nobody else can guess it."""
    name = canonical([str(job), step, label, generation, request])
    mac = hmac.new(settings.JOB_TOKEN_KEY.encode(), name, hashlib.sha256).digest()
    return base64.b32encode(mac).decode().rstrip("=")


def value_digest(value: Any) -> str:
    """Return the digest of an order or of a request; bytes and fractions, which canonical JSON lacks, are put into words."""
    return digest(_exact(value))


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": hashlib.sha256(value).hexdigest()}
    if isinstance(value, Mapping):
        return {str(key): _exact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(item) for item in value]
    return value
