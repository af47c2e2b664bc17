"""A request as it arrived, a response as it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

PREFIX = "/at/"  # an endpoint that belongs to one resource: <address>/at/<ocid>


@dataclass(frozen=True)
class Request:
    """One HTTP request. `target` is what was signed: raw path with query."""

    method: str
    target: str
    headers: Mapping[str, str]  # lower-case names
    content: bytes = b""
    peer: str = "127.0.0.1"

    @property
    def raw_path(self) -> str:
        """The path without query, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def at(self) -> str:
        """The OCID in the endpoint, or nothing."""
        return (
            self.raw_path[len(PREFIX) :].partition("/")[0]
            if self.raw_path.startswith(PREFIX)
            else ""
        )

    @property
    def path(self) -> str:
        """The raw path without the endpoint's prefix."""
        return self.raw_path[len(PREFIX) + len(self.at) :] if self.at else self.raw_path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query parameters."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)


@dataclass
class Response:
    """One HTTP response; `cut` closes the connection instead of sending it."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    cut: bool = False


@dataclass
class Answer:
    """What an operation returns when a plain value does not say enough; `content` goes out as it
    is, `value` is projected.
    """

    value: Any = None
    content: bytes | None = None
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any) -> bytes:
    """Return a value as JSON bytes."""
    return json.dumps(value, separators=(",", ":")).encode()
