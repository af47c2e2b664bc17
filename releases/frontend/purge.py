"""Tells a CDN to forget the one page whose name stays while its content changes."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from portal.lib.http import Client, NoReply
from releases.frontend.file_names import INDEX

SECONDS = 10.0


class NotPurged(Exception):
    """The CDN did not confirm; the text says what it answered, without the token."""


def addresses(url: str) -> list[str]:
    """Return under which addresses people get the page."""
    return [url, f"{url}{INDEX}"]


def purge(provider: str, hook: str, token: str, url: str) -> None:
    """Ask for it the way this CDN takes it; raise NotPurged unless it says yes."""
    for method, address, headers, body in _orders(provider, hook, token, addresses(url)):
        _send(method, address, headers, body)


def _orders(
    provider: str, hook: str, token: str, pages: list[str]
) -> list[tuple[str, str, dict[str, str], Mapping[str, Any] | None]]:
    """Cloudflare (and a hook of one's own) take a list of addresses; Fastly takes one address a call, below its own."""
    if provider == "fastly":
        bare = [page.partition("://")[2] for page in pages]
        return [("POST", f"{hook}/{page}", {"Fastly-Key": token}, None) for page in bare]
    return [("POST", hook, {"Authorization": f"Bearer {token}"}, {"files": pages})]


def _send(method: str, address: str, headers: Mapping[str, str], body: Mapping[str, Any] | None) -> None:
    parts = urlsplit(address)
    content = None if body is None else json.dumps(body).encode()
    given = {name: value for name, value in headers.items() if value.strip() not in ("", "Bearer")}
    if content is not None:
        given["Content-Type"] = "application/json"
    client = Client(f"{parts.scheme}://{parts.netloc}")
    try:
        reply = client.send(method, parts.path or "/", headers=given, body=content, timeout=SECONDS)
    except NoReply as error:
        raise NotPurged(f"{parts.netloc}: {error}") from error
    if not 200 <= reply.status < 300:
        raise NotPurged(f"{parts.netloc} answered {reply.status}")
