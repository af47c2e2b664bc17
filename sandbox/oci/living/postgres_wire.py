"""The beginning of PostgreSQL's protocol 3: what a client asks for before it is signed in."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

LONGEST_STARTUP = 10_000  # as the server's own limit
TLS, GSS, CANCEL, VERSION_3 = 80877103, 80877104, 80877102, 3
READY, ERROR = b"Z", b"E"


class Malformed(Exception):
    """What came is no PostgreSQL."""


@dataclass(frozen=True)
class Startup:
    """A startup message with its parameters."""

    version: int
    parameters: tuple[tuple[str, str], ...]

    def get(self, name: str, default: str = "") -> str:
        """Return one parameter."""
        return dict(self.parameters).get(name, default)

    @property
    def user(self) -> str:
        """Return who signs in."""
        return self.get("user")

    @property
    def database(self) -> str:
        """Return the database asked for: the one named as the user when none is."""
        return self.get("database") or self.user

    def replace(self, **changes: str) -> Startup:
        """Return it with other parameters."""
        return Startup(self.version, tuple({**dict(self.parameters), **changes}.items()))

    def encode(self) -> bytes:
        """Return the message as it is sent."""
        texts = [text for pair in self.parameters for text in pair]
        body = b"".join(text.encode() + b"\0" for text in texts) + b"\0"
        return struct.pack("!II", len(body) + 8, self.version) + body


async def read_first(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read a message of the beginning, which has no type: its code and its body."""
    size, code = struct.unpack("!II", await reader.readexactly(8))
    if not 8 <= size <= LONGEST_STARTUP:
        raise Malformed(f"a first message of {size} bytes")
    return code, await reader.readexactly(size - 8)


def startup_of(code: int, body: bytes) -> Startup:
    """Read a startup message."""
    if code >> 16 != VERSION_3:
        raise Malformed(f"protocol {code >> 16}.{code & 0xFFFF}")
    texts = [text.decode() for text in body.rstrip(b"\0").split(b"\0")]
    return Startup(code, tuple(zip(texts[::2], texts[1::2], strict=False)))


async def read_message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read a typed message."""
    kind, size = struct.unpack("!cI", await reader.readexactly(5))
    return kind, await reader.readexactly(size - 4)


def message(kind: bytes, body: bytes) -> bytes:
    """Return a typed message as it is sent."""
    return kind + struct.pack("!I", len(body) + 4) + body


def fatal(code: str, words: str) -> bytes:
    """Return the error with which a server refuses a connection."""
    fields = (b"SFATAL", b"VFATAL", b"C" + code.encode(), b"M" + words.encode())
    return message(ERROR, b"".join(field + b"\0" for field in fields) + b"\0")
