"""A smoke test as text that people edit: write, read, name its problems."""

import json
import re
from typing import Any

from releases.smoke.steps import FIELDS, problems

MOST = 200_000  # characters
ORDER = (
    *FIELDS,
    "kind",
    "field",
    "filename",
    "text",
    "json",
    "from",
    "where",
    "until",
    "interval_ms",
    "deadline_seconds",
)
_FLAT_LIST = re.compile(r"\[[^][{}]*\]")  # a list without lists or objects in it fits on one line
_EDGE, _COMMA = (
    re.compile(r"(?<=\[)\n *|\n *(?=\])"),
    re.compile(r",\n *"),
)  # inside a JSON text no line breaks


class _Twice(ValueError):
    """A key stands twice in one object: the reader and the runner might see different ones."""


def written(steps: Any) -> str:
    """Return the steps as JSON in the order of the format, short lists on one line."""
    text = json.dumps([_in_order(step) for step in steps], indent=2, ensure_ascii=False)
    return _FLAT_LIST.sub(lambda found: _COMMA.sub(", ", _EDGE.sub("", found[0])), text)


def _in_order(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    places = {name: place for place, name in enumerate(ORDER)}
    keys = sorted(value, key=lambda key: places.get(key, len(ORDER)))
    return {
        key: _in_order(value[key]) if key in ("body", "poll", "select") else value[key]
        for key in keys
    }


def read(text: str) -> tuple[Any, list[str]]:
    """Return the steps that a text holds (None when it is no JSON), and its problems."""
    if len(text) > MOST:
        return None, [f"the text has {len(text):,} characters; at most {MOST:,} are taken"]
    try:
        steps = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        return None, [_where(text, error)]
    except (ValueError, RecursionError) as error:
        return None, [str(error) or "the text is nested too deep"]
    return steps, problems(steps)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        step = f" of the step {found['name']!r}" if "name" in found else ""
        raise _Twice(f"{twice!r} stands twice in one object{step}")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number in JSON")


def _where(text: str, error: json.JSONDecodeError) -> str:
    """Say where the text stops being JSON: line, column, the last named step."""
    line = (text.splitlines() or [""])[min(error.lineno, len(text.splitlines()) or 1) - 1].strip()
    named = re.findall(r'"name"\s*:\s*"([^"\n]{1,80})"', text[: error.pos])
    step = f", in or after the step {named[-1]!r}" if named else ""
    shown = f": {line[:80]}" if line else ""
    return f"line {error.lineno}, column {error.colno}{step}: {error.msg}{shown}"
