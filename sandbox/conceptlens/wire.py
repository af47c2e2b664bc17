"""Requests and replies of the stub, apart from sockets."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """One HTTP request, already read."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body; no body is an empty object."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refusal.invalid("body", "JSON decode error") from error
        if not isinstance(value, dict):
            raise Refusal.invalid("body", "Input should be a valid dictionary")
        return value

    def credentials(self) -> tuple[str, str] | None:
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        try:
            user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (user, password) if scheme.lower() == "basic" and colon else None

    def upload(self, name: str) -> bytes:
        """Return the file sent in a multipart field."""
        kind = self.headers.get("content-type", "")
        boundary = next((part.strip()[9:].strip('"') for part in kind.split(";") if part.strip().startswith("boundary=")), "")
        for part in self.body.split(b"--" + boundary.encode()) if boundary else []:
            head, blank, content = part.partition(b"\r\n\r\n")
            if blank and f'name="{name}"'.encode() in head:
                return content.removesuffix(b"\r\n")
        raise Refusal.invalid(name, "Field required")


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int
    content: bytes
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, status: int = 200) -> "Reply":
        return cls(status, json.dumps(value).encode())


class Refusal(Exception):
    """An answer other than 2xx, with the body FastAPI would give it."""

    def __init__(self, status: int, detail: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(detail))
        self.reply = Reply(status, json.dumps({"detail": detail}).encode(), headers=headers or {})

    @classmethod
    def invalid(cls, where: str, message: str) -> "Refusal":
        return cls(422, [{"loc": [where], "msg": message, "type": "value_error"}])

    @classmethod
    def missing(cls, what: str) -> "Refusal":
        return cls(404, f"{what} not found")


def same(given: tuple[str, str] | None, wanted: tuple[str, str]) -> bool:
    """Compare credentials in constant time."""
    return given is not None and all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, wanted, strict=True))
