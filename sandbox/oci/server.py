"""Carries HTTP between clients and the gate: one thread a connection, one write a response."""

from __future__ import annotations

import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox.oci.exchange import Request, Response

Answerer = Callable[[Request], Response]


class Server(ThreadingHTTPServer):
    """Listens on one port until shut down."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, answerer: Answerer) -> None:
        self.answerer = answerer
        super().__init__((host, port), Handler)

    @property
    def port(self) -> int:
        """The port in use, also when 0 was asked for."""
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with Nagle, head and body in two packets cost 40 ms a call
    wbufsize = 1 << 16

    def handle_expect_100(self) -> bool:
        """Tell the client to go on at once; it waits for this before it sends the body."""
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def do_GET(self) -> None:
        """Answer any method the same way."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(
            self.command, self.path, headers, self._content(headers), self.client_address[0]
        )
        response = self.server.answerer(request)
        if response.cut:
            self.close_connection = True
            return
        self._write(response)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """The journal tells what was asked."""

    def _content(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(headers.get("content-length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        content = self.rfile.read(size)
        self.rfile.readline()
        return content

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if "content-length" not in {
            name.lower() for name in response.headers
        } and response.status not in {204, 304}:
            self.send_header("content-length", str(len(response.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.content)
        self.wfile.flush()
