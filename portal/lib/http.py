"""The HTTP client: no redirects, no proxies, a deadline for the whole answer, a cap on its size."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

CONNECT_SECONDS = 3
MAX_BODY = 2 * 1024 * 1024
_JSON = {"Accept": "application/json"}


class NoReply(Exception):
    """The server gave no usable answer: the text says what happened."""


class TimedOut(NoReply):
    """The whole answer was not there in time."""


@dataclass(frozen=True)
class Reply:
    """What came back; header names are in lower case, `ms` is the time it took."""

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
        except (ValueError, RecursionError):
            return {}


class Client:
    """Sends requests to one base address; an answer of more than `max_body` bytes is no answer."""

    def __init__(self, base_url: str, *, max_body: int = MAX_BODY) -> None:
        parts = urlsplit(base_url)
        self._max_body = max_body
        self._secure, self._host, self._port = (
            parts.scheme == "https",
            parts.hostname or "",
            parts.port,
        )
        self._prefix = parts.path.rstrip("/")

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        timeout: float,
    ) -> Reply:
        """Send one request; raise NoReply unless the whole answer is there within `timeout` s."""
        started = time.monotonic()
        connection = self._connection(min(timeout, CONNECT_SECONDS))
        try:
            connection.connect()
            connection.sock.settimeout(timeout)
            with _Deadline(connection.sock, started + timeout):
                connection.request(
                    method, self._prefix + path, body=body, headers={**_JSON, **headers}
                )
                answer = connection.getresponse()
                content = _read(answer, self._max_body)
        except TimeoutError as error:
            raise TimedOut(f"no answer within {timeout:.2g} s") from error
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
    """Cuts a connection off when its time is over.

    The time-out of a socket starts again with every byte of a server that drips.
    """

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


def _read(answer: http.client.HTTPResponse, max_body: int) -> bytes:
    content = b""
    while piece := answer.read1(65_536):
        content += piece
        if len(content) > max_body:
            raise NoReply(f"the answer is larger than {max_body / 2**20:g} MB")
    return content
