"""The smoke test's HTTP client: one address, no redirects, no proxies, a deadline for the whole answer, a cap on its size."""

import base64
import contextlib
import http.client
import json
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 3
MAX_BODY = 2 * 1024 * 1024


class NoReply(Exception):
    """The application gave no usable answer: the text says what happened."""


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
        """Say whether these are the application's built-in pair, which everybody knows."""
        return (self.username, self.password) == ("admin", "admin")

    def scrub(self, text: str) -> str:
        """Mask the pair where an answer echoes it."""
        for secret in (self.header.removeprefix("Basic "), self.password, self.username):
            text = text.replace(secret, "••••••") if len(secret) > 3 else text
        return text


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ms: int

    @property
    def data(self) -> Any:
        """Return the JSON of the answer; an empty object when it is something else."""
        if "json" not in self.headers.get("content-type", ""):
            return {}
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


class Client:
    """Sends requests to one base address."""

    def __init__(self, base_url: str, *, largest: int = MAX_BODY) -> None:
        parts = urlsplit(base_url)
        self._largest = largest
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        self._prefix = parts.path.rstrip("/")

    def send(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Reply:
        """Send one request; raise NoReply when the whole answer is not there by the time-out (seconds)."""
        started = time.monotonic()
        connection = self._connection(min(timeout, CONNECT_SECONDS))
        try:
            connection.connect()
            connection.sock.settimeout(timeout)
            with _Deadline(connection.sock, started + timeout):
                connection.request(method, self._prefix + path, body=body, headers={"Accept": "application/json", **headers})
                answer = connection.getresponse()
                content = _read(answer, self._largest)
        except TimeoutError as error:
            raise NoReply(f"no answer within {timeout:.2g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise NoReply(f"no answer: {error.__class__.__name__} {error}".strip()) from error
        finally:
            connection.close()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, names, content, round((time.monotonic() - started) * 1000))

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=timeout)


class _Deadline:
    """Cuts a connection off when its time is over: a socket's own time-out begins anew with every byte of a server that drips."""

    def __init__(self, sock: socket.socket, ends: float) -> None:
        self._sock, self._over = sock, False
        self._timer = threading.Timer(max(0.0, ends - time.monotonic()), self._cut)
        self._timer.daemon = True

    def _cut(self) -> None:
        self._over = True
        with contextlib.suppress(OSError):  # it is closed already
            self._sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._timer.cancel()
        if self._over:  # what was cut off may look like an answer that ended, or like a broken one
            raise TimeoutError from error


def _read(answer: http.client.HTTPResponse, largest: int) -> bytes:
    """Read the body in pieces, no more of it than a smoke test needs."""
    content = b""
    while piece := answer.read1(65_536):
        content += piece
        if len(content) > largest:
            raise NoReply(f"the answer is larger than {largest // 1024 // 1024} MB")
    return content


def encode(body: Mapping[str, Any]) -> tuple[bytes | None, dict[str, str]]:
    """Return the bytes of a step's body with the header that describes them."""
    if body.get("kind") == "json":
        return json.dumps(body["json"]).encode(), {"Content-Type": "application/json"}
    if body.get("kind") == "multipart":
        mark = secrets.token_hex(16)
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{body["field"]}"; filename="{body["filename"]}"\r\n'
        content = f"{head}Content-Type: text/csv\r\n\r\n{body['text']}\r\n--{mark}--\r\n"
        return content.encode(), {"Content-Type": f"multipart/form-data; boundary={mark}"}
    return None, {}
