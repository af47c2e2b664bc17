"""What a smoke test sends: the instructor's credentials, and the bodies of its steps."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Credentials:
    """The instructor's pair, in memory only; never shown, not even by accident in a log line."""

    username: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """Return the value of the Authorization header."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    @property
    def are_defaults(self) -> bool:
        """Say whether these are the application's built-in defaults, which are public."""
        return (self.username, self.password) == ("admin", "admin")

    def scrub(self, text: str) -> str:
        """Mask the pair where an answer echoes it."""
        for secret in (self.header.removeprefix("Basic "), self.password, self.username):
            text = text.replace(secret, "••••••") if len(secret) > 3 else text
        return text


def encode(body: Mapping[str, Any]) -> tuple[bytes | None, dict[str, str]]:
    """Return the bytes of a step's body with the header that describes them."""
    if body.get("kind") == "json":
        return json.dumps(body["json"]).encode(), {"Content-Type": "application/json"}
    if body.get("kind") == "multipart":
        mark = secrets.token_hex(16)
        disposition = f'form-data; name="{body["field"]}"; filename="{body["filename"]}"'
        head = f"--{mark}\r\nContent-Disposition: {disposition}\r\nContent-Type: text/csv\r\n"
        content = f"{head}\r\n{body['text']}\r\n--{mark}--\r\n"
        return content.encode(), {"Content-Type": f"multipart/form-data; boundary={mark}"}
    return None, {}
