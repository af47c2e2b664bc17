"""Posts a message to an HTTPS endpoint the way OCI Notifications does."""

import asyncio
import base64
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from sandbox.oci.living.hop import Head, Malformed, read_head

ANSWER_SECONDS = 5.0  # to connect, then again to answer
MINUTES = (0, 1, 2, 4, 8, 16, 32)  # waits before the attempts after the first


@dataclass(frozen=True)
class Letter:
    """What goes to one endpoint; every attempt carries the same message id."""

    url: str
    fields: tuple[tuple[str, str], ...]
    body: bytes


async def deliver(
    letter: Letter, minute: float, longest: float, note: Callable[[str], None]
) -> bool:
    """Try until acknowledged or until the retry duration is over; `note` hears how each attempt
    went.
    """
    waited = 0.0
    for pause in (0, *MINUTES):
        waited += pause * minute
        if waited > longest:
            return False
        await asyncio.sleep(pause * minute)
        failure = await attempt(letter)
        note(failure or "delivered")
        if not failure:
            return True
    return False


async def attempt(letter: Letter) -> str:
    """Post once: without credentials first, with them when the endpoint asks. Return why it failed,
    or nothing.
    """
    try:
        head = await _post(letter, "")
        if head.status == 401 and head.get("www-authenticate").lower().startswith("basic"):
            head = await _post(letter, _credentials(letter.url))
    except TimeoutError:
        return f"no answer within {ANSWER_SECONDS:g} s"
    except (OSError, Malformed, ValueError, IndexError) as error:
        return f"{type(error).__name__}: {error}"
    return "" if 200 <= head.status < 300 else f"status {head.status}"


async def _post(letter: Letter, authorization: str) -> Head:
    parts = urlsplit(letter.url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    async with asyncio.timeout(ANSWER_SECONDS):
        reader, writer = await asyncio.open_connection(
            parts.hostname, parts.port or (443 if secure else 80), ssl=secure
        )
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            host = parts.netloc.rpartition("@")[2]
            fields = [
                ("Host", host),
                ("Content-Length", str(len(letter.body))),
                ("Connection", "close"),
                *letter.fields,
            ]
            fields += [("Authorization", authorization)] if authorization else []
            writer.write(Head(f"POST {parts.path or '/'} HTTP/1.1", fields).encode() + letter.body)
            await writer.drain()
            head = await read_head(reader)
            if head is None:
                raise ConnectionError("closed without an answer")
            return head
    finally:
        writer.close()


def _credentials(url: str) -> str:
    parts = urlsplit(url)
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
