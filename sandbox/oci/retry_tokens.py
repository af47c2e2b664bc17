"""opc-retry-token: the same token and body give the first answer again for 24 hours, another body
is refused.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from sandbox.oci import errors
from sandbox.oci.exchange import Request, Response
from sandbox.oci.store import Record, Store

KIND = "engine.RetryToken"
LIFETIME = 24 * 3600


@dataclass(frozen=True)
class RetryToken:
    """A token as one caller sent it with one operation; stored as a digest."""

    key: str
    body: str

    @classmethod
    def of(cls, request: Request, operation: str, caller: str) -> RetryToken | None:
        """Return the token of a request that carries one."""
        given = request.headers.get("opc-retry-token", "")
        if not given:
            return None
        return cls(
            _sha(f"{caller} {operation} {given}".encode()),
            _sha(request.raw_path.encode() + b"\n" + request.content),
        )

    def answer(self, store: Store) -> Response | None:
        """Return the answer that the token already got."""
        record = store.get(KIND, self.key)
        if record is None:
            return None
        if record.body["body"] != self.body:
            raise errors.conflict(
                "The retry token was used with another request.", "InvalidatedRetryToken"
            )
        return Response(
            record.body["status"],
            dict(record.body["headers"]),
            base64.b64decode(record.body["content"]),
        )

    def keep(self, store: Store, response: Response, now: float) -> None:
        """Remember the answer."""
        body = {
            "body": self.body,
            "status": response.status,
            "headers": {
                key: value for key, value in response.headers.items() if key != "opc-request-id"
            },
            "content": base64.b64encode(response.content).decode(),
        }
        store.put(Record(kind=KIND, id=self.key, body=body, created=now, expires=now + LIFETIME))


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
