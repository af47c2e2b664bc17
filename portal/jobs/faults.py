"""Named points at which a fault can be injected; without PORTAL_FAULT they do nothing.

PORTAL_FAULT is a comma-separated list: `kill@N` and `stop@N` send SIGKILL or SIGSTOP to this
process at the N-th point it passes, `raise@NAME` raises at the point of that name, `trace@FILE`
appends the name of each point to a file.
"""

import itertools
import os
import signal
import threading
from collections.abc import Callable


class InjectedFault(Exception):
    """Raised at a fault point on demand."""


def _armed(faults: list[str]) -> Callable[[str], None]:
    count = itertools.count(1)
    lock = threading.Lock()

    def point(name: str) -> None:
        with lock:
            passed = str(next(count))
            for act, _, argument in (fault.partition("@") for fault in faults):
                _act(act, argument, name, passed)

    return point


def _act(act: str, argument: str, name: str, passed: str) -> None:
    if act == "trace":
        with open(argument, "a") as trace:
            trace.write(f"{name}\n")
    elif act == "kill" and argument == passed:
        os.kill(os.getpid(), signal.SIGKILL)
    elif act == "stop" and argument == passed:
        os.kill(os.getpid(), signal.SIGSTOP)
    elif act == "raise" and argument == name:
        raise InjectedFault(name)


def arm(faults: str) -> None:
    """Set the faults of this process; an empty text removes them."""
    global _point
    _point = _armed(faults.split(",")) if faults else None


def fault_point(name: str) -> None:
    """Mark a point between two effects."""
    if _point is not None:
        _point(name)


_point: Callable[[str], None] | None = None
arm(os.environ.get("PORTAL_FAULT", ""))
