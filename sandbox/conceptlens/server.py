"""The stub's HTTP server: Werkzeug's, with keep-alive, one thread a connection."""

import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Handler(WSGIRequestHandler):
    """Reads one request after the other from a connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write an answer: small writes cost 40 ms each by Nagle's rule
    disable_nagle_algorithm = True
    timeout = 75

    def version_string(self) -> str:
        """Name the process: it tells which of several answered."""
        return f"conceptlens-stub/{os.getpid()}"

    def log(self, type: str, message: str, *args: object) -> None:
        """Write one line, without a time stamp, to the container's log."""
        print(f"{self.address_string()} - {message % args}", flush=True)

    def address_string(self) -> str:
        headers = getattr(self, "headers", None)  # absent when the request line could not be read
        return (headers and headers.get("x-forwarded-for")) or str(self.client_address[0])


class InFlight:
    """Counts the requests that are being answered, so that the process can end after the last."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._busy = 0
        self._idle = threading.Condition()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        self._count(+1)
        try:
            return self._application(environ, start_response)
        finally:
            self._count(-1)

    def drain(self, seconds: float) -> None:
        """Wait until no request is being answered."""
        with self._idle:
            self._idle.wait_for(lambda: not self._busy, seconds)

    def _count(self, change: int) -> None:
        with self._idle:
            self._busy += change
            self._idle.notify_all()


def listen(application: "WSGIApplication", port: int, descriptor: int | None) -> BaseWSGIServer:
    """Listen on loopback: on a port, or on a socket handed over by the process that started it."""
    server = make_server(
        "127.0.0.1", port, application, threaded=True, request_handler=Handler, fd=descriptor
    )
    server.timeout = None
    return server
