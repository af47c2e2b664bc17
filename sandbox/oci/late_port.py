"""A port that refuses connections at first, then leads to the API."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

HOST = "127.0.0.1"
PAUSE = 0.05  # seconds between looks at the clock
CHUNK = 1 << 16


class LatePort:
    """A bound port; nobody listens on it until `ready()` says so."""

    def __init__(self, ready: Callable[[], bool], api: Callable[[], str], port: int = 0) -> None:
        self._ready, self._api = ready, api
        self._closed = threading.Event()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, port))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, name="oci-late-port", daemon=True).start()

    def close(self) -> None:
        """Refuse connections from now on."""
        self._closed.set()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ready():
            if self._closed.wait(PAUSE):
                return
        try:
            self._socket.listen()
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._forward, args=(client,), daemon=True).start()
        except OSError:
            self._socket.close()  # closed while it waited

    def _forward(self, client: socket.socket) -> None:
        parts = urlsplit(self._api())
        try:
            server = socket.create_connection((parts.hostname or HOST, parts.port or 80))
        except OSError:
            client.close()
            return
        threading.Thread(target=_pump, args=(client, server), daemon=True).start()
        _pump(server, client)


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Copy until one side ends, then end both."""
    try:
        while data := source.recv(CHUNK):
            target.sendall(data)
    except OSError:
        pass  # the other direction has closed them
    for end in (source, target):
        end.close()
