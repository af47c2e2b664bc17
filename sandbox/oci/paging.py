"""Filters, sorts and pages a list; a page token belongs to one query."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from sandbox.oci import errors

RESERVED = {"page", "limit", "sortBy", "sortOrder"}
_SORT_FIELDS = {
    "TIMECREATED": "timeCreated",
    "DISPLAYNAME": "displayName",
    "NAME": "name",
    "COMPARTMENTID": "compartmentId",
}
_SORT_FIELDS |= {
    "SECRETNAME": "secretName",
    "VERSION_NUMBER": "versionNumber",
    "SEVERITY": "severity",
}
DEFAULT_LIMIT, MAX_LIMIT = 100, 1000


def order(items: list[Any], query: dict[str, str], field: Callable[[Any, str], Any]) -> list[Any]:
    """Sort a list as sortBy and sortOrder say: names ascending, times newest first unless told."""
    by = query.get("sortBy", "")
    if not by:
        return items
    key = _SORT_FIELDS.get(by.upper(), by)
    descending = query.get("sortOrder", "DESC" if key.startswith("time") else "ASC") == "DESC"
    return sorted(items, key=lambda item: str(field(item, key) or ""), reverse=descending)


def page(items: list[Any], query: dict[str, str], name: str) -> tuple[list[Any], str]:
    """Return one page and the token of the next one ("" on the last)."""
    limit = _limit(query)
    bound = _digest(name, query)
    start = _start(query["page"], bound) if query.get("page") else 0
    end = start + limit
    return items[start:end], _token(end, bound) if end < len(items) else ""


def _limit(query: dict[str, str]) -> int:
    try:
        limit = int(query.get("limit") or DEFAULT_LIMIT)
    except ValueError as error:
        raise errors.invalid("limit must be a whole number.") from error
    if not 1 <= limit <= MAX_LIMIT:
        raise errors.invalid(f"limit must be between 1 and {MAX_LIMIT}.")
    return limit


def _digest(name: str, query: dict[str, str]) -> str:
    bound = {key: value for key, value in query.items() if key not in {"page", "limit"}}
    return hashlib.sha256(json.dumps([name, bound], sort_keys=True).encode()).hexdigest()[:16]


def _token(start: int, bound: str) -> str:
    return base64.urlsafe_b64encode(f"{start}.{bound}".encode()).decode().rstrip("=")


def _start(token: str, bound: str) -> int:
    try:
        start, _, given = (
            base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(".")
        )
        if given == bound:
            return int(start)
    except ValueError:
        pass
    raise errors.invalid("The page token is not one that this query gave out.")
