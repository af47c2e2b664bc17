"""What was asked and answered, without bodies: for tests, and for people who watch."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One request. The retry token is a digest; bodies, and with them secret values, are never
    here.
    """

    number: int
    time: str
    service: str
    operation: str
    method: str
    path: str
    status: int
    code: str
    request_id: str
    retry_token: str
    resource: str
    caller: str
    agent: str
    fault: str
    milliseconds: float


class Journal:
    """The last entries."""

    def __init__(self, size: int = 20_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._lock = threading.Lock()
        self._number = 0

    def add(self, **fields: Any) -> None:
        """Append one entry."""
        with self._lock:
            self._number += 1
            self._entries.append(Entry(number=self._number, **fields))

    def read(self, *, after: int = 0, operation: str = "", status: int = 0) -> list[dict[str, Any]]:
        """Return the entries after a number, of one operation and one status if named."""
        with self._lock:
            entries = list(self._entries)
        wanted = (entry for entry in entries if entry.number > after)
        return [
            asdict(entry)
            for entry in wanted
            if operation in {"", entry.operation} and status in {0, entry.status}
        ]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
