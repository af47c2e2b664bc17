"""Health probes over HTTP or TCP."""

import asyncio
import re
from dataclasses import dataclass

from sandbox.oci.living.hop import Framing, Head, Malformed, framing_of_answer, read_head

LARGEST_BODY = 64 * 1024


@dataclass(frozen=True)
class Probe:
    """What to ask, and what must come back; a `return_code` of 0 accepts every 2xx."""

    protocol: str = "HTTP"
    path: str = "/"
    return_code: int = 200
    body: str = ""
    timeout: float = 3.0
    headers: tuple[tuple[str, str], ...] = ()


async def check(probe: Probe, address: tuple[str, int] | None) -> str:
    """Ask once; return OK or, in the words of the load balancer's API, what went wrong."""
    if address is None:
        return "CONNECT_FAILED"
    try:
        async with asyncio.timeout(probe.timeout):
            return await _ask(probe, address)
    except TimeoutError:
        return "TIMED_OUT"
    except (OSError, Malformed, ValueError, asyncio.IncompleteReadError):
        return "IO_ERROR"


async def _ask(probe: Probe, address: tuple[str, int]) -> str:
    try:
        reader, writer = await asyncio.open_connection(*address)
    except OSError:
        return "CONNECT_FAILED"
    try:
        return "OK" if probe.protocol == "TCP" else await _converse(probe, address, reader, writer)
    finally:
        writer.close()


async def _converse(
    probe: Probe,
    address: tuple[str, int],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> str:
    fields = [("Host", f"{address[0]}:{address[1]}"), ("Connection", "close"), *probe.headers]
    writer.write(Head(f"GET {probe.path} HTTP/1.1", fields).encode())
    await writer.drain()
    head = await read_head(reader)
    if head is None:
        return "IO_ERROR"
    expected = head.status == probe.return_code if probe.return_code else 200 <= head.status < 300
    if not expected:
        return "INVALID_STATUS_CODE"
    if not probe.body:
        return "OK"
    text = await _body(framing_of_answer(head, "GET"), reader)
    return "OK" if re.search(probe.body, text) else "REGEX_MISMATCH"


async def _body(framing: Framing, reader: asyncio.StreamReader) -> str:
    if framing.length:
        content = await reader.readexactly(min(framing.length, LARGEST_BODY))
    else:
        content = await reader.read(LARGEST_BODY)
    return content.decode("utf-8", "replace")
