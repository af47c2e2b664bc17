"""Canonical JSON: one byte string for one value, for digests (RFC 8785, without floats)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime


def canonical(value: object) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value: keys sorted by code point, no blanks.

    Datetimes become RFC 3339 UTC text. Raises TypeError for floats, which have more than one
    spelling, and for foreign types.
    """
    text = json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def digest(value: object) -> str:
    """Return `sha256:<hex>` of the canonical bytes of a JSON value."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def _plain(value: object) -> object:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.astimezone().isoformat()
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return [_plain(item) for item in sorted(value)]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    raise TypeError(
        "canonical JSON takes text, whole numbers, booleans, null, lists and objects, "
        f"not {type(value).__name__}"
    )
