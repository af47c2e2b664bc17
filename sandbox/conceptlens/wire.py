"""Requests, replies and refusals of the stub, in Werkzeug's terms."""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from werkzeug import Request as HttpRequest
from werkzeug import Response

from sandbox.conceptlens.uploads import MAX_BYTES


class Request(HttpRequest):
    """One HTTP request; a body longer than the largest file and its multipart frame is refused."""

    max_content_length = MAX_BYTES + 1024 * 1024

    def json_object(self) -> dict[str, Any]:
        """Return the JSON object in the body; no body is an empty object."""
        try:
            value = json.loads(self.get_data() or b"{}")
        except ValueError as error:
            why = {"error": str(error)}
            raise Refusal.invalid(
                "body", "0", {}, "json_invalid", "JSON decode error", why
            ) from error
        if not isinstance(value, dict):
            words = "Input should be a valid dictionary"
            raise Refusal.invalid("body", "", value, "model_attributes_type", words)
        return value

    def upload(self, name: str) -> bytes:
        """Return the file sent in a multipart field."""
        file = self.files.get(name)
        if file is None:
            raise Refusal.invalid("body", name, None, "missing", "Field required")
        with file.stream as content:
            return content.read()

    def signed_in_as(self, user: str, password: str) -> bool:
        """Compare the Basic credentials in constant time."""
        given = self.authorization
        if given is None or given.type != "basic":
            return False
        pairs = ((given.username, user), (given.password, password))
        return all(
            hmac.compare_digest((one or "").encode(), other.encode()) for one, other in pairs
        )


def json_reply(value: Any, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(json.dumps(value), status, mimetype="application/json")


class Refusal(Exception):
    """An answer other than 2xx, with the body FastAPI would give it."""

    def __init__(self, status: int, detail: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(detail))
        self.reply = json_reply({"detail": detail}, status) if detail else Response(status=status)
        self.reply.headers.update(headers or {})

    @classmethod
    def invalid(
        cls,
        where: str,
        name: str,
        given: object,
        kind: str,
        message: str,
        context: Mapping[str, Any] | None = None,
    ) -> "Refusal":
        """Return FastAPI's 422: `where` is body or path, `context` the rule that was broken."""
        loc = [where, *([name] if name else [])]
        found = {"type": kind, "loc": loc, "msg": message, "input": given}
        return cls(422, [found | ({"ctx": dict(context)} if context else {})])

    @classmethod
    def missing(cls, what: str) -> "Refusal":
        return cls(404, f"{what} not found")
