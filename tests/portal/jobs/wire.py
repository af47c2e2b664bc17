"""Wires to the database that can be cut without a word: no side is told, nothing is closed."""

import socket
import threading
from contextlib import suppress
from pathlib import Path


class Wire:
    """A TCP address that leads to the database's socket.

    `cut` strands the present connections: what they send is swallowed, nothing comes back. With
    `also_new`, so it goes to those that are made afterwards; else they reach the database.
    """

    def __init__(self, target: Path, listen: str = "127.0.0.1") -> None:
        self._target = target
        self._cut = 0
        self._silent = False
        self._made = 0
        self._server = socket.create_server((listen, 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *, also_new: bool = False) -> None:
        self._cut, self._silent = self._made, also_new

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._target))
                self._made += 1
                for one, other in ((near, far), (far, near)):
                    way = (one, other, self._made)
                    threading.Thread(target=self._pump, args=way, daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket, number: int) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                if number <= self._cut or self._silent:
                    threading.Event().wait()
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.close()
