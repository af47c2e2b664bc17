"""Finds the operation that a method and a path name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.oci.surface import Operation


@dataclass(frozen=True)
class Match:
    """An operation and the values of its path variables."""

    operation: Operation
    path: dict[str, str]


class Router:
    """Routes by segment; a path with more literal segments wins, a trailing object name may hold
    slashes.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._exact: dict[tuple[str, int], list[tuple[list[str], Operation]]] = defaultdict(list)
        self._greedy: list[tuple[list[str], Operation]] = []
        for operation in sorted(operations, key=lambda item: item.path.count("{")):
            parts = operation.path.strip("/").split("/")
            self._exact[operation.method, len(parts)].append((parts, operation))
            if parts[-1] == "{objectName}":
                self._greedy.append((parts, operation))

    def match(self, method: str, raw_path: str) -> Match | None:
        """Return the operation for a raw path, or None when no client has one like it."""
        segments = raw_path.strip("/").split("/")
        for parts, operation in self._exact[method, len(segments)]:
            found = _variables(parts, segments)
            if found is not None:
                return Match(operation, found)
        for parts, operation in self._greedy:
            if operation.method == method and len(segments) > len(parts):
                joined = [*segments[: len(parts) - 1], "/".join(segments[len(parts) - 1 :])]
                found = _variables(parts, joined)
                if found is not None:
                    return Match(operation, found)
        return None


def _variables(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            if not segment:
                return None
            found[part[1:-1]] = unquote(segment)
        elif part != segment:
            return None
    return found
