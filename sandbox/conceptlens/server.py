"""The stub's sockets: HTTP/1.1 with keep-alive, one thread a connection."""

import os
import socket
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.conceptlens.uploads import MAX_BYTES
from sandbox.conceptlens.wire import Reply, Request

Answer = Callable[[Request], Reply]
MAX_BODY = MAX_BYTES + 1024 * 1024  # room for the multipart frame around a file of the largest size


class Server(socketserver.ThreadingTCPServer):
    """Listens on loopback, on a port of its own or on a socket handed over by who started it."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, answer: Answer, port: int = 0, descriptor: int | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler, bind_and_activate=descriptor is None)
        if descriptor is not None:
            self.socket.close()
            self.socket = socket.socket(fileno=descriptor)
        self.answer = answer
        self._busy = 0
        self._idle = threading.Condition()

    def __enter__(self) -> "Server":
        return self

    def work(self, change: int) -> None:
        with self._idle:
            self._busy += change
            self._idle.notify_all()

    def drain(self, seconds: float) -> None:
        """Wait until no request is being answered."""
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, seconds)


class Handler(BaseHTTPRequestHandler):
    """Reads one request after the other from a connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = f"conceptlens-stub/{os.getpid()}", ""  # which of several processes answered
    wbufsize = -1  # one write an answer: small writes cost 40 ms each by Nagle's rule
    disable_nagle_algorithm = True
    timeout = 75
    server: Server

    def _serve(self) -> None:
        request = self._read()
        if request is None:
            return
        self.server.work(+1)
        try:
            self._write(request, self.server.answer(request))
        finally:
            self.server.work(-1)

    def _read(self) -> Request | None:
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            self.send_error(413 if length.isdigit() and int(length) > MAX_BODY else 411)
            return None
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        return Request(self.command, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body)

    def _write(self, request: Request, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Type": reply.kind, "Content-Length": str(len(reply.content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(reply.content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Write one access line, without a time stamp, to the container's log."""
        print(f"{self.address_string()} - {format % args}", flush=True)

    def address_string(self) -> str:
        headers = getattr(self, "headers", None)  # absent when the request line could not be read
        return (headers and headers.get("x-forwarded-for")) or str(self.client_address[0])

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve
