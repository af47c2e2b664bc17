"""Redirects: what a rule set answers in place of a backend, as the SDK words it for RedirectUri and
PathMatchCondition.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

_TOKEN = re.compile(r"\{(protocol|host|port|path|query)\}")
_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "EXACT_MATCH": lambda path, wanted: path == wanted,
    "FORCE_LONGEST_PREFIX_MATCH": str.startswith,
    "PREFIX_MATCH": str.startswith,
    "SUFFIX_MATCH": str.endswith,
}
OPERATORS = frozenset(_MATCHES)


@dataclass(frozen=True)
class Redirect:
    """One rule; an empty part of the target keeps what was asked for."""

    operator: str
    path: str
    status: int
    protocol: str | None = None
    host: str | None = None
    port: int | None = None
    to_path: str | None = None
    query: str | None = None

    def matches(self, path: str) -> bool:
        """Say whether the rule is about a path."""
        return _MATCHES[self.operator](path, self.path)


def chosen(rules: tuple[Redirect, ...], target: str) -> Redirect | None:
    """Return the rule for a request: of several that match, the one with the longest path."""
    path = urlsplit(target).path or "/"
    return max(
        (rule for rule in rules if rule.matches(path)),
        key=lambda rule: len(rule.path),
        default=None,
    )


def location(rule: Redirect, target: str, host: str, port: int) -> str:
    """Return where a request to `target` of `host` is sent."""
    asked = urlsplit(target)
    given = {
        "protocol": "http",
        "host": host.rpartition(":")[0] or host,
        "port": str(port),
        "path": asked.path or "/",
        "query": f"?{asked.query}" if asked.query else "",
    }

    def filled(part: str | None, name: str) -> str:
        return _TOKEN.sub(lambda match: given[match[1]], f"{{{name}}}" if part is None else part)

    protocol = filled(rule.protocol, "protocol").lower()
    to = rule.port or port
    usual = {"http": 80, "https": 443}.get(protocol)
    authority = filled(rule.host, "host") + ("" if to == usual else f":{to}")
    path, query = filled(rule.to_path, "path"), filled(rule.query, "query")
    return f"{protocol}://{authority}{path}{query}".rstrip("?&")
