"""Which statements let each call through: recorded on demand, to find what a principal needs."""

from __future__ import annotations

import threading
from typing import Any

Givers = list[list[str]]  # for each place of one permission: the statements that give it there


class Decisions:
    """Distinct requirements of calls, with the statements that met them. Off until started."""

    def __init__(self) -> None:
        self.recording = False
        self._lock = threading.Lock()
        self._found: dict[str, dict[str, Any]] = {}

    def start(self) -> None:
        """Forget what is recorded and record from now on."""
        with self._lock:
            self._found.clear()
            self.recording = True

    def add(self, caller: str, operation: str, permission: str, alternatives: list[Givers]) -> None:
        """Record one requirement: each alternative that could meet it, with its givers."""
        entry = {
            "caller": caller,
            "operation": operation,
            "permission": permission,
            "alternatives": alternatives,
        }
        with self._lock:
            self._found.setdefault(repr(entry), entry)

    def read(self) -> list[dict[str, Any]]:
        """Return what was recorded, in the order of its first occurrence."""
        with self._lock:
            return list(self._found.values())
