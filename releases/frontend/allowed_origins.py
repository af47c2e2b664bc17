"""Finds the addresses of APIs in a text: the environment's own must be there, no other; pure."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from releases.frontend.findings import BundleFinding, line_and_column

_LOCAL = re.compile(r"\bhttps?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):8000(?![0-9])")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BUILD = "Build it with VITE_API_BASE_URL={origin} and upload that build"


def spellings(origin: str) -> tuple[str, ...]:
    """Return how an origin may be written: with and without its default port."""
    parts = urlsplit(origin)
    if not parts.hostname:
        return ()
    bare = f"{parts.scheme}://{parts.hostname}"
    default = _DEFAULT_PORTS.get(parts.scheme)
    if (parts.port or default) == default:
        return bare, f"{bare}:{default}"
    return (f"{bare}:{parts.port}",)


def same_origin(one: str, other: str) -> bool:
    """Say whether two addresses have one origin."""
    return bool(set(spellings(one)) & set(spellings(other)))


def positions(text: str, origin: str) -> list[int]:
    """Return where a text has an origin as a whole: not as the beginning of a longer host
    name or port.
    """
    found: list[int] = []
    for spelling in spellings(origin):
        found += [
            match.start() for match in re.finditer(re.escape(spelling) + r"(?![\w:-]|\.\w)", text)
        ]
    return sorted(found)


def find_foreign(
    file: str, text: str, origin: str, others: Mapping[str, str]
) -> list[BundleFinding]:
    """Return the places where a text calls an API that is not its own: the build's default,
    or another environment's.
    """
    next_step = _BUILD.format(origin=origin)
    found = [
        _finding(
            file,
            text,
            match.start(),
            "calls the default address of a build without VITE_API_BASE_URL",
            next_step,
        )
        for match in _LOCAL.finditer(text)
        if not same_origin(match[0], origin)
    ]
    for name, other in others.items():
        if not same_origin(other, origin):
            found += [
                _finding(file, text, at, f"calls the API of {name}", next_step)
                for at in positions(text, other)[:5]
            ]
    return found[:10]


def report_absent(files: Sequence[str], origin: str) -> BundleFinding:
    """Say that none of the scripts calls the environment's API."""
    shown = ", ".join(files[:5]) or "there is no script at all"
    return BundleFinding(
        "the bundle",
        f"never calls the API at {origin}; searched {shown}",
        _BUILD.format(origin=origin),
    )


def _finding(file: str, text: str, at: int, words: str, next_step: str) -> BundleFinding:
    line, column = line_and_column(text, at)
    return BundleFinding(
        file,
        words,
        next_step,
        line,
        column,
        f"…{text[max(0, at - 20) : at + 40]}…".replace("\n", " "),
    )
