"""Ports for a whole sandbox, below those that the system gives to outgoing connections."""

import os
import socket

NEEDED = 14
FIRST, LAST = 21_000, 32_000


def free_block() -> int:
    """Return a port that is free with the thirteen after it; each test process looks in a place of its own first."""
    start = FIRST + os.getpid() * NEEDED % (LAST - FIRST)
    for port in (*range(start, LAST, NEEDED), *range(FIRST, start, NEEDED)):
        if all(_is_free(port + offset) for offset in range(NEEDED)):
            return port
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
