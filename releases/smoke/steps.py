"""The format of a smoke test: a list of steps, checked field by field."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any

from portal.lib.refusal import Invalid

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
OPERATORS = ("eq", "ne", "in", "contains", "nonempty", "length", "at_least")
BODY_KINDS = ("none", "json", "multipart")
MAX_STEPS = 60

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Assertion:
    """One expectation: the value at a path, an operator, the value it is held against."""

    path: str | list[str]
    operator: str
    value: Any = None


@dataclass(frozen=True)
class Poll:
    """Repeat the request until the assertion holds, no longer than the deadline."""

    until: Assertion
    interval_ms: int = 500
    deadline_seconds: int = 30


@dataclass(frozen=True)
class SmokeStep:
    """One request with what must hold of its answer."""

    name: str
    method: str
    path: str
    auth: bool = False
    body: Mapping[str, Any] = field(default_factory=dict)
    status: tuple[int, ...] = (200,)
    headers: tuple[Assertion, ...] = ()
    expect: tuple[Assertion, ...] = ()
    select: Mapping[str, Any] | None = None
    captures: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    unless: str = ""
    poll: Poll | None = None
    timeout_seconds: int = 5


def parse(steps: Any) -> list[SmokeStep]:
    """Return the steps, or raise Invalid that names every broken rule."""
    found = problems(steps)
    if found:
        raise Invalid(
            "The smoke test cannot be used: " + "; ".join(found) + ".",
            next_step="docs/releases.md shows the format.",
        )
    return [one(raw) for raw in steps]


def problems(steps: Any) -> list[str]:
    """Return one sentence for each broken rule, naming the step and the field."""
    if not isinstance(steps, list) or not 1 <= len(steps) <= MAX_STEPS:
        return [f"steps must be a list of 1 to {MAX_STEPS} steps"]
    found = zip(enumerate(steps, 1), each(steps), strict=True)
    return [
        f"{called(number, raw)}: {words}" for (number, raw), broken in found for words in broken
    ]


def each(steps: list[Any]) -> Iterator[list[str]]:
    """Yield the broken rules of each step, what it needs of the steps before it among them."""
    known: set[str] = set()
    for raw in steps:
        yield _problems_of(raw) + _unknown(raw, known)
        kept = raw.get("captures") if isinstance(raw, dict) else None
        known |= set(kept) if isinstance(kept, dict) else set()


def called(number: int, raw: Any) -> str:
    """Return what a step is called in a message: its place, and its name where it has one."""
    name = raw.get("name") if isinstance(raw, dict) else None
    return f"step {number} ({name[:80]})" if isinstance(name, str) and name else f"step {number}"


def _problems_of(raw: Any) -> list[str]:
    if not isinstance(raw, dict):
        return ["it must be an object"]
    found = [
        f"{name} is not a field (fields: {', '.join(_RULES)})" for name in raw if name not in _RULES
    ]
    found += [f"{name} is missing" for name in ("name", "method", "path") if name not in raw]
    for name, value in raw.items():
        holds, rule = _RULES.get(name, (_anything, ""))
        if not holds(value):
            found.append(f"{name} must be {rule}")
    return found


def _unknown(raw: Any, known: set[str]) -> list[str]:
    """Return a sentence for each `$name` that no earlier step captures."""
    if not isinstance(raw, dict):
        return []
    found = []
    for name in ("path", "body", "headers", "expect", "select", "poll"):
        for used in dict.fromkeys(_names(raw.get(name))):
            if used not in known:
                found.append(
                    f"{name} uses ${used}, which no earlier step captures (a dollar sign itself "
                    "is $$)"
                )
    unless = raw.get("unless")
    if isinstance(unless, str) and unless and unless not in known:
        found.append(f"unless names {unless}, which no earlier step captures")
    return found


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from Template(value).get_identifiers()
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names(item)


def _anything(value: Any) -> bool:
    return True


def _path(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.startswith("/")
        and not value.startswith("//")
        and len(value) <= 500
    )


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    )


def _body(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("kind") not in BODY_KINDS:
        return False
    if value["kind"] == "multipart":
        return all(
            isinstance(value.get(name), str) and value[name]
            for name in ("field", "filename", "text")
        )
    return value["kind"] == "none" or "json" in value


def _statuses(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_whole(100, 599)(item) for item in value)


def _assertion(value: Any) -> bool:
    if not isinstance(value, list) or not 2 <= len(value) <= 3 or value[1] not in OPERATORS:
        return False
    path = isinstance(value[0], str) or (
        isinstance(value[0], list) and all(isinstance(part, str) for part in value[0])
    )
    return path and (value[1] == "nonempty" or len(value) == 3)


def _assertions(value: Any) -> bool:
    return isinstance(value, list) and all(_assertion(item) for item in value)


def _select(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) <= {"from", "where"}
        and isinstance(value.get("where", {}), dict)
    )


def _captures(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _capture_name(key) and isinstance(path, str) for key, path in value.items()
    )


def _capture_name(value: Any) -> bool:
    return isinstance(value, str) and bool(_NAME.fullmatch(value))


def _poll(value: Any) -> bool:
    if not isinstance(value, dict) or not set(value) <= {
        "until",
        "interval_ms",
        "deadline_seconds",
    }:
        return False
    timing = _whole(50, 10_000)(value.get("interval_ms", 500)) and _whole(1, 120)(
        value.get("deadline_seconds", 30)
    )
    return timing and _assertion(value.get("until"))


_AN_ASSERTION = f"a list of [path, operator, value] with an operator out of {', '.join(OPERATORS)}"
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (
        lambda value: isinstance(value, str) and 1 <= len(value) <= 80,
        "a text of 1 to 80 characters",
    ),
    "method": (lambda value: value in METHODS, f"one of {', '.join(METHODS)}"),
    "path": (_path, "a path that starts with one / (at most 500 characters)"),
    "auth": (lambda value: isinstance(value, bool), "true or false"),
    "body": (
        _body,
        "an object with kind none, json (and json) or multipart (and field, filename, text)",
    ),
    "status": (_statuses, "a list of HTTP statuses"),
    "headers": (_assertions, _AN_ASSERTION),
    "expect": (_assertions, _AN_ASSERTION),
    "select": (_select, "an object with from (a path) and where (an object of key and value)"),
    "captures": (_captures, "an object of name (small letters, digits, _) and path"),
    "optional": (lambda value: isinstance(value, bool), "true or false"),
    "unless": (_capture_name, "the name of a capture"),
    "poll": (
        _poll,
        (
            "an object with until [path, operator, value], interval_ms 50-10000, deadline_seconds "
            "1-120"
        ),
    ),
    "timeout_seconds": (_whole(1, 30), "a whole number from 1 to 30"),
}
FIELDS = tuple(_RULES)


def one(raw: Mapping[str, Any]) -> SmokeStep:
    """Return a step that has no problems."""
    given = dict(raw)
    for name in ("headers", "expect"):
        given[name] = tuple(Assertion(*item) for item in raw.get(name, ()))
    given["status"] = tuple(raw.get("status", (200,)))
    if "poll" in raw:
        given["poll"] = Poll(**{**raw["poll"], "until": Assertion(*raw["poll"]["until"])})
    return SmokeStep(**given)
