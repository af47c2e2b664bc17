"""Ports for tests, below those that the system gives to outgoing connections: what is free
stays free.
"""

import itertools
import os
import socket

NEEDED = 14
SINGLE = range(10_000, 21_000)
BLOCKS = range(21_000, 32_000, NEEDED)
_turn = itertools.count(os.getpid() * 37)  # each test process begins at a place of its own


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    return next(port for turn in _turn if _is_free(port := SINGLE[turn % len(SINGLE)]))


def free_block() -> int:
    """Return a port that is free with the thirteen after it, for a whole sandbox."""
    blocks = (BLOCKS[turn % len(BLOCKS)] for turn in _turn)
    return next(port for port in blocks if all(_is_free(port + offset) for offset in range(NEEDED)))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
