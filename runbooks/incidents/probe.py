"""Asks the product itself how it is, at the environment's own address and nowhere else."""

import http.client
import json
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from environments.models import Environment

SECONDS = 3
_LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class Health:
    """What the product said, in a word and in words."""

    word: str
    words: str
    seconds: float = 0.0

    @property
    def tone(self) -> str:
        """Return the tone of the word."""
        return {"healthy": "ok", "unknown": "idle"}.get(self.word, "bad")


def probe(environment: Environment) -> Health:
    """Return how the product is; a product that does not answer in time is unknown, not healthy."""
    if not environment.api_url:
        return Health("unknown", f"{environment.slug} has no address yet.")
    began = time.monotonic()
    try:
        status, body = _get(environment.api_url)
    except TimeoutError:
        words = f"No answer within {SECONDS} s: it hangs, or a database accepts connections and does not answer."
        return Health("unknown", words, time.monotonic() - began)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Health("unknown", f"It cannot be asked: {type(error).__name__}.", time.monotonic() - began)
    return Health(*judge(status, body), time.monotonic() - began)


def judge(status: int, body: bytes) -> tuple[str, str]:
    """Judge an answer of /health: the body, for its status is 200 also when the database is gone. Pure."""
    if status != 200:
        return "unhealthy", f"/health answers {status}."
    try:
        said = json.loads(body)
        health, database = str(said["status"])[:40], str(said["database"])[:40]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "unhealthy", "/health answers 200 with a body that is not its own."
    if health == "healthy" and database == "connected":
        return "healthy", "The database is connected."
    return "degraded", f"/health says {health}, database {database}."


def _get(address: str) -> tuple[int, bytes]:
    """Get /health by plain http.client: no redirect is followed, no proxy asked, the answer cut off at a limit."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    deadline = time.monotonic() + SECONDS
    try:
        connection.request("GET", "/health", headers={"Accept": "application/json", "Connection": "close"})
        answer = connection.getresponse()
        content = b""
        while (piece := answer.read1(8192)) and len(content) < _LARGEST_ANSWER:
            content += piece
            if time.monotonic() > deadline:  # the time-out above is one of silence; this ends a trickle
                raise TimeoutError
        return answer.status, content
    finally:
        connection.close()
