"""HTTP/1.1 messages on asyncio streams: heads are read whole, bodies pass through in pieces."""

import asyncio
from dataclasses import dataclass, field

MAX_HEAD = 64 * 1024
PIECE = 64 * 1024
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "expect"}
)


class Malformed(Exception):
    """A message that must not be passed on."""


@dataclass
class Head:
    """A start line with its header fields, in order."""

    first: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def get(self, name: str) -> str:
        return next((value for key, value in self.fields if key.lower() == name), "")

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name]

    def without(self, names: frozenset[str]) -> list[tuple[str, str]]:
        return [(key, value) for key, value in self.fields if key.lower() not in names]

    def encode(self) -> bytes:
        lines = [self.first, *(f"{key}: {value}" for key, value in self.fields), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    @property
    def status(self) -> int:
        return int(self.first.split(" ", 2)[1])

    @property
    def keeps_alive(self) -> bool:
        """Say whether the sender leaves the connection open after this message."""
        wish = self.get("connection").lower()
        return "close" not in wish and ("HTTP/1.1" in self.first or "keep-alive" in wish)


@dataclass(frozen=True)
class Framing:
    """How the end of a body is known: a length, chunks, or the end of the connection."""

    length: int = 0
    chunked: bool = False
    to_end: bool = False


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Return the next message's head, None when the peer is done."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise Malformed("the connection ended inside a head") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise Malformed("the head is too large") from error
    first, *lines = raw.decode("latin-1").strip("\r\n").split("\r\n")
    head = Head(first)
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or not name:
            raise Malformed("a header field is malformed")
        head.fields.append((name, value.strip()))
    return head


def framing_of(head: Head) -> Framing:
    """Return how a message is framed; two ways at once is how requests get smuggled, so it is
    refused.
    """
    lengths, codings = set(head.every("content-length")), head.get("transfer-encoding").lower()
    if codings and (lengths or codings != "chunked"):
        raise Malformed("the framing is ambiguous")
    if codings:
        return Framing(chunked=True)
    if len(lengths) > 1 or any(not (length.isascii() and length.isdigit()) for length in lengths):
        raise Malformed("the content length is not a number")
    return Framing(length=int(lengths.pop())) if lengths else Framing()


def framing_of_answer(head: Head, method: str) -> Framing:
    """Return how an answer is framed, which depends on what was asked."""
    if method == "HEAD" or head.status in (204, 304) or head.status < 200:
        return Framing()
    if not head.get("content-length") and not head.get("transfer-encoding"):
        return Framing(to_end=True)
    return framing_of(head)


async def pass_body(
    framing: Framing, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Copy a body as it arrives."""
    if framing.chunked:
        await _pass_chunks(reader, writer)
    elif framing.to_end:
        while piece := await reader.read(PIECE):
            await _send(writer, piece)
    else:
        await _pass_length(framing.length, reader, writer)


async def _pass_length(
    left: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while left:
        piece = await reader.read(min(left, PIECE))
        if not piece:
            raise ConnectionError("the body ended early")
        left -= len(piece)
        await _send(writer, piece)


async def _pass_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        line = await reader.readuntil(b"\r\n")
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError as error:
            raise Malformed("a chunk has no size") from error
        writer.write(line)
        (
            await _pass_length(size + 2, reader, writer)
            if size
            else await _pass_trailer(reader, writer)
        )
        if not size:
            return


async def _pass_trailer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        line = await reader.readuntil(b"\r\n")
        await _send(writer, line)
        if line == b"\r\n":
            return


async def _send(writer: asyncio.StreamWriter, piece: bytes) -> None:
    writer.write(piece)
    await writer.drain()


def plain_answer(status: int, reason: str, *, close: bool) -> bytes:
    """Return an answer made on the spot."""
    body = f"{status} {reason}\n".encode()
    fields = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    fields.append(("Connection", "close" if close else "keep-alive"))
    return Head(f"HTTP/1.1 {status} {reason}", fields).encode() + body
