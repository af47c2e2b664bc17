"""Finds in a text the addresses of APIs: the environment's own must be there, nobody else's."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from releases.frontend.findings import Finding, place

_LOCAL = re.compile(r"\bhttps?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):8000(?![0-9])")
_DEFAULTS = {"http": 80, "https": 443}
_BUILD = "Build it with VITE_API_BASE_URL={origin} and upload that build"


def spellings(origin: str) -> tuple[str, ...]:
    """Return how an origin may be written: with and without the port that goes without saying."""
    parts = urlsplit(origin)
    if not parts.hostname:
        return ()
    bare = f"{parts.scheme}://{parts.hostname}"
    default = _DEFAULTS.get(parts.scheme)
    if (parts.port or default) == default:
        return bare, f"{bare}:{default}"
    return (f"{bare}:{parts.port}",)


def same(one: str, other: str) -> bool:
    """Say whether two addresses have one origin."""
    return bool(set(spellings(one)) & set(spellings(other)))


def positions(text: str, origin: str) -> list[int]:
    """Return where a text has an origin as a whole: not as the beginning of a longer host name or port."""
    found: list[int] = []
    for spelling in spellings(origin):
        found += [match.start() for match in re.finditer(re.escape(spelling) + r"(?![\w:-]|\.\w)", text)]
    return sorted(found)


def foreign(file: str, text: str, origin: str, others: Mapping[str, str]) -> list[Finding]:
    """Return the places where a text calls an API that is not its own: the build's default, or another environment's."""
    way_out = _BUILD.format(origin=origin)
    found = [
        _finding(file, text, match.start(), "calls the default address of a build without VITE_API_BASE_URL", way_out)
        for match in _LOCAL.finditer(text)
        if not same(match[0], origin)
    ]
    for name, other in others.items():
        if not same(other, origin):
            found += [_finding(file, text, at, f"calls the API of {name}", way_out) for at in positions(text, other)[:5]]
    return found[:10]


def absent(files: Sequence[str], origin: str) -> Finding:
    """Say that none of the scripts calls the environment's API."""
    shown = ", ".join(files[:5]) or "there is no script at all"
    return Finding("the bundle", f"never calls the API at {origin}; looked through {shown}", _BUILD.format(origin=origin))


def _finding(file: str, text: str, at: int, words: str, way_out: str) -> Finding:
    line, column = place(text, at)
    return Finding(file, words, way_out, line, column, f"…{text[max(0, at - 20) : at + 40]}…".replace("\n", " "))
