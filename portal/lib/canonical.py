"""Canonical JSON: one byte string for one value, so that a digest means the same everywhere (RFC 8785, without floats)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def canonical(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value: keys sorted by code point, no blanks, no floats.

    Datetimes become RFC 3339 UTC text. Raises TypeError for floats and foreign types: a float has more than one spelling.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: Any) -> str:
    """Return `sha256:<hex>` of the canonical bytes of a JSON value."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, datetime):
        return value.astimezone().isoformat() if value.tzinfo is None else value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    raise TypeError(f"canonical JSON takes text, whole numbers, booleans, null, lists and objects, not {type(value).__name__}")
