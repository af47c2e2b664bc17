"""Faults that a test or a drill sets: counted, scoped by service and operation, gone after a
reset.
"""

from __future__ import annotations

import fnmatch
import itertools
import threading
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.oci import errors
from sandbox.oci.surface import Operation

#: what each kind of fault does to the call it meets
KINDS = {
    "throttle": "429 TooManyRequests with retry-after, nothing done",
    "error": "an error answer (500 unless `status` and `code` say otherwise), nothing done",
    "hang": "no answer for `seconds`, then the connection closes; nothing done",
    "lost": "the work is done, then the connection closes without an answer",
    "slow": "`seconds` pass before the work",
    "hidden": "what the call creates cannot be read or listed for `seconds`",
    "cut_log": "the log of a container comes without its second half",
    "empty_log": "the log of a container comes empty: not yet there, or never",
    "unknown": (
        "what the call creates is refused by calls that use it, for `seconds`"
        " (400 Invalid tags unless `status`, `code` and `message` say otherwise)"
    ),
}
_WHEN = {
    "throttle": "before",
    "error": "before",
    "hang": "before",
    "slow": "before",
    "hidden": "during",
    "unknown": "during",
    "lost": "after",
    "cut_log": "log",
    "empty_log": "log",
}
_UNKNOWN = {"status": 400, "code": "InvalidParameter", "message": "Invalid tags."}


@dataclass
class Fault:
    """One fault; `count` calls meet it after `skip` calls have passed (-1: until it is removed)."""

    id: int
    kind: str
    service: str = "*"
    operation: str = "*"
    count: int = 1
    skip: int = 0
    seconds: float = 1.0
    status: int = 500
    code: str = "InternalServerError"
    message: str = "Internal server error."
    hits: int = 0

    def meets(self, operation: Operation) -> bool:
        """Say whether the fault is in this operation's way, counting the call."""
        if not (
            fnmatch.fnmatch(operation.service, self.service)
            and fnmatch.fnmatch(operation.name, self.operation)
        ):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.count == 0:
            return False
        self.count -= self.count > 0
        self.hits += 1
        return True


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self.latency = 0.0  # seconds added to every call

    def add(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Set a fault from the control port's JSON."""
        known = set(Fault.__dataclass_fields__) - {"id", "hits"}
        if wanted.get("kind") not in KINDS or set(wanted) - known:
            raise errors.invalid(
                f"A fault has a kind ({', '.join(KINDS)}) and any of {', '.join(sorted(known))}."
            )
        with self._lock:
            usual = _UNKNOWN if wanted["kind"] == "unknown" else {}
            fault = Fault(id=next(self._ids), **{**usual, **wanted})
            self._faults.append(fault)
        return asdict(fault)

    def all(self) -> list[dict[str, Any]]:
        """Return every fault with its hits, the used up ones too."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self) -> None:
        """Remove all faults and the added latency."""
        with self._lock:
            self._faults.clear()
            self.latency = 0.0

    def meet(self, operation: Operation, when: str) -> Fault | None:
        """Return the first fault that this call meets before, during or after its work, or as it
        reads a log ("log").
        """
        with self._lock:
            return next(
                (
                    fault
                    for fault in self._faults
                    if _WHEN[fault.kind] == when and fault.meets(operation)
                ),
                None,
            )
