"""The judgement of one answer: pure, without a socket, a clock or a database."""

from collections.abc import Mapping
from string import Template
from typing import Any

from releases.smoke.steps import Assertion, SmokeStep

Captured = Mapping[str, str]
ABSENT = object()


def expand(text: str, captured: Captured) -> str:
    """Fill `$name` with captured values; an unknown name stays, and so fails visibly."""
    return Template(text).safe_substitute(captured)


def expand_all(value: Any, captured: Captured) -> Any:
    """Fill `$name` in every text inside a JSON value."""
    if isinstance(value, str):
        return expand(value, captured)
    if isinstance(value, Mapping):
        return {key: expand_all(item, captured) for key, item in value.items()}
    return [expand_all(item, captured) for item in value] if isinstance(value, list) else value


def value_at(value: Any, path: str | list[str]) -> Any:
    """Return what is at a path: `a.0.b`, or a list when a key has dots; else ABSENT."""
    for key in path if isinstance(path, list) else [part for part in path.split(".") if part]:
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value


def select(step: SmokeStep, body: Any, captured: Captured) -> Any:
    """Return all of the answer, or the first list item that matches."""
    if step.select is None:
        return body
    wanted = expand_all(step.select.get("where", {}), captured)
    items = value_at(body, step.select.get("from", ""))
    for item in items if isinstance(items, list) else ():
        if all(value_at(item, key) == value for key, value in wanted.items()):
            return item
    return ABSENT


def holds(assertion: Assertion, body: Any, captured: Captured) -> bool:
    """Say whether an expectation is met."""
    found, wanted = value_at(body, assertion.path), expand_all(assertion.value, captured)
    return found is not ABSENT and _OPERATORS[assertion.operator](found, wanted)


def failures(
    step: SmokeStep, status: int, headers: Mapping[str, str], body: Any, captured: Captured
) -> list[str]:
    """Return one sentence for each expectation of the step that the answer does not meet."""
    if status not in step.status:
        return [f"status {status}, expected {' or '.join(map(str, step.status))}"]
    found = [
        _describe_failure(item, headers)
        for item in step.headers
        if not holds(item, headers, captured)
    ]
    item = select(step, body, captured)
    if item is ABSENT:
        return found if step.optional else [*found, "no item of the answer matches the selection"]
    return found + [
        _describe_failure(one, item) for one in step.expect if not holds(one, item, captured)
    ]


def captures(step: SmokeStep, body: Any, captured: Captured) -> tuple[dict[str, str], list[str]]:
    """Return what the step keeps for later steps, and what was missing."""
    item = select(step, body, captured)
    found = {name: value_at(item, path) for name, path in step.captures.items()}
    missing = [
        f"nothing at {path!r} to keep as {name}"
        for name, path in step.captures.items()
        if found[name] is ABSENT
    ]
    return {name: str(value) for name, value in found.items() if value is not ABSENT}, (
        [] if step.optional else missing
    )


def _describe_failure(assertion: Assertion, body: Any) -> str:
    found = value_at(body, assertion.path)
    path = assertion.path if isinstance(assertion.path, str) else " > ".join(assertion.path)
    shown = "is missing" if found is ABSENT else f"is {str(found)[:80]!r}"
    wanted = "" if assertion.value is None else f" {assertion.value}"
    return f"{path or 'the answer'} {shown}, expected {assertion.operator}{wanted}"


def _has_length(found: Any) -> bool:
    return isinstance(found, (str, list, Mapping))


_OPERATORS: dict[str, Any] = {
    "eq": lambda found, wanted: found == wanted,
    "ne": lambda found, wanted: found != wanted,
    "in": lambda found, wanted: isinstance(wanted, list) and found in wanted,
    "contains": lambda found, wanted: _has_length(found) and wanted in found,
    "nonempty": lambda found, wanted: _has_length(found) and len(found) > 0,
    "length": lambda found, wanted: _has_length(found) and len(found) == wanted,
    "at_least": lambda found, wanted: (
        isinstance(found, (int, float)) and isinstance(wanted, (int, float)) and found >= wanted
    ),
}
