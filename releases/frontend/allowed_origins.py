"""Finds the addresses of APIs in a text: the environment's own must be there, no other; pure."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from releases.frontend import secrets
from releases.frontend.findings import BundleFinding, excerpt, line_and_column

_LOCAL = re.compile(r"\bhttps?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):8000(?![0-9])")
# What stands before the quote of a value that is used only when there is no other: `a??"b"`,
# `a||"b"`, `x?a:"b"`. No bundler folds it away where a call stands before it.
_FALLBACK = re.compile(r"(?:\?\?|\|\||\?[^?:;{}]{0,200}:)\s{0,4}\(?['\"`]\Z")
_BEFORE = 240  # characters before a value in which its operator is looked for
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
    file: str,
    text: str,
    origin: str,
    others: Mapping[str, str],
    known: Mapping[str, str] | None = None,
) -> list[BundleFinding]:
    """Return the places where a text calls an API that is not its own: the build's default,
    or another environment's.

    The default is no call where it only stands in for an absent value after the text's own origin:
    every right build of the product has it there. `known` are secrets that no excerpt may show.
    """
    found = [
        (at, "calls the default address of a build without VITE_API_BASE_URL")
        for at in _defaults(text, origin)
    ]
    for name, other in others.items():
        if not same_origin(other, origin):
            found += [(at, f"calls the API of {name}") for at in positions(text, other)[:5]]
    if not found:
        return []
    hidden, next_step = secrets.spans(text, known or {}), _BUILD.format(origin=origin)
    return [
        BundleFinding(
            file, words, next_step, *line_and_column(text, at), excerpt(text, at, at + 40, hidden)
        )
        for at, words in found[:10]
    ]


def report_absent(files: Sequence[str], origin: str) -> BundleFinding:
    """Say that none of the scripts calls the environment's API."""
    shown = ", ".join(files[:5]) or "there is no script at all"
    return BundleFinding(
        "the bundle",
        f"never calls the API at {origin}; searched {shown}",
        _BUILD.format(origin=origin),
    )


def _defaults(text: str, origin: str) -> list[int]:
    own = positions(text, origin)
    return [
        match.start()
        for match in _LOCAL.finditer(text)
        if not same_origin(match[0], origin)
        and not (own and own[0] < match.start() and _is_fallback(text, match.start()))
    ]


def _is_fallback(text: str, at: int) -> bool:
    return bool(_FALLBACK.search(text[max(0, at - _BEFORE) : at]))
