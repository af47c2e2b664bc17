"""A difference broken down to the values that differ, for people to read. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from environments.desired import Difference, agrees

NAMES = ("name", "displayName", "key")  # by which items of a list are taken for the same one
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value that changes: `have` is empty for what is added, `want` for what is removed."""

    path: str
    have: str
    want: str


def value_changes(found: Difference) -> list[ValueChange]:
    """Return what differs inside a field: objects by members, lists by what is added and
    removed.
    """
    differing = _differing(found.field, found.want, found.have)
    return [ValueChange(path, _text(before), _text(after)) for path, before, after in differing]


def _differing(path: str, want: Any, have: Any) -> Iterator[tuple[str, Any, Any]]:
    if agrees(want, have):
        return
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        for name, item in want.items():
            yield from _differing(f"{path}.{name}", item, have.get(name, _ABSENT))
    elif isinstance(want, list) and isinstance(have, list):
        yield from _of_lists(path, want, have)
    else:
        yield path, have, want


def _of_lists(
    path: str, want: Sequence[Any], have: Sequence[Any]
) -> Iterator[tuple[str, Any, Any]]:
    missing, extra = [*want], [*have]
    for item in want:
        partner = next((other for other in extra if agrees(item, other)), _ABSENT)
        if partner is not _ABSENT:
            extra.remove(partner)
            missing.remove(item)
    for item in [*missing]:
        partner = next(
            (other for other in extra if _name(item) and _name(item) == _name(other)), _ABSENT
        )
        if partner is not _ABSENT:
            extra.remove(partner)
            missing.remove(item)
            yield from _differing(f"{path}[{_name(item)}]", item, partner)
    yield from ((path, item, _ABSENT) for item in extra)
    yield from ((path, _ABSENT, item) for item in missing)


def _name(item: Any) -> Any:
    return (
        next((item[name] for name in NAMES if item.get(name)), None)
        if isinstance(item, Mapping)
        else None
    )


def _text(value: Any) -> str:
    if value is _ABSENT:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(
            f"{name}: {_text(item)}" for name, item in value.items() if item not in (None, [], {})
        )
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value)) or "nothing"
    return (
        "nothing" if value in (None, "") else value if isinstance(value, str) else json.dumps(value)
    )
