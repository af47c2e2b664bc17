"""Retry tokens and request digests: the same call has the same ones, in whatever process."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from django.conf import settings

from portal.lib.canonical import canonical, digest


def retry_token(job: object, step: str, label: str, generation: int, request: str) -> str:
    """Return the token of one call: a keyed digest of at most 64 characters."""
    name = canonical([str(job), step, label, generation, request])
    mac = hmac.new(settings.JOB_TOKEN_KEY.encode(), name, hashlib.sha256).digest()
    return base64.b32encode(mac).decode().rstrip("=")


def value_digest(value: object) -> str:
    """Return the digest of an order or of a request.

    Bytes and fractions, which canonical JSON lacks, are first spelled as objects.
    """
    return digest(_exact(value))


def _exact(value: object) -> object:
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": hashlib.sha256(value).hexdigest()}
    if isinstance(value, Mapping):
        return {str(key): _exact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(item) for item in value]
    return value
