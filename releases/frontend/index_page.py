"""Reads index.html for what it loads."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

_LOADS = {"script": "src", "link": "href", "img": "src"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loads: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the tag loads."""
        address = dict(attrs).get(_LOADS.get(tag, ""))
        if address:
            self.loads.append((tag, address))


def loads(html: str) -> list[tuple[str, str]]:
    """Return (tag, address) of every script, style sheet and picture that the page names on
    its own server.
    """
    reader = _Reader()
    reader.feed(html)
    return [(tag, address) for tag, address in reader.loads if _is_own(address)]


def file_of(address: str) -> str:
    """Return the name in the bundle that an address means."""
    return unquote(urlsplit(address).path).lstrip("/").removeprefix("./")


def _is_own(address: str) -> bool:
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc and bool(parts.path)
