"""The way back from a found value to the setting that would want it. Pure: it asks the blueprint itself."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from environments.blueprint import Order
from environments.blueprint.whole import draft
from environments.catalogue import SETTINGS
from environments.desired import Desired, agrees
from portal.lib.refusal import Refused

Resolve = Callable[[Desired], Desired]
Path = tuple[str | int, ...]
BESIDES = ("owner", "cost_center")  # what the environment's row itself says, beside its settings
OWN_MARKS = {"freeformTags": "These are the portal's own marks on what it manages; no setting decides them."}
MOST = 8  # settings that one field may come from
_NUMBER = re.compile(r"\d+")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Reverse:
    """The settings that would want what was found, or why none would."""

    settings: dict[str, Any] = field(default_factory=dict)
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value inside a field that is not as it is wanted."""

    path: Path
    want: Any
    have: Any


def reverse(order: Order, key: str, name: str, found: Any, resolve: Resolve = lambda want: want) -> Reverse:
    """Return the settings under which the blueprint would want `found` as field `name` of the resource `key`.

    `resolve` replaces the references of a resource by what was found. Nothing is guessed: a value is taken only when the
    blueprint, made with it, wants exactly what was found.
    """
    if name in OWN_MARKS:
        return Reverse(why_not=OWN_MARKS[name])
    taken: dict[str, Any] = {}
    while len(taken) < MOST:
        now = with_settings(order, taken)
        leaf = next(leaves(_field(now, key, name, resolve), found), None)
        if leaf is None:
            return Reverse(taken)
        match = _setting_for(now, key, name, leaf, resolve)
        if match is None:
            return Reverse(why_not=_why_not(now, key, name, leaf, resolve))
        taken[match[0]] = match[1]
    return Reverse(why_not=f"No settings together want {name} of {key} as it was found.")


def with_settings(order: Order, changes: Mapping[str, Any]) -> Order:
    """Return the order of an environment whose settings, owner or cost centre were changed so."""
    plain = {name: value for name, value in changes.items() if name in BESIDES}
    return replace(order, settings={**order.settings, **{n: v for n, v in changes.items() if n not in plain}}, **plain)


def leaves(want: Any, have: Any, path: Path = ()) -> Iterator[Leaf]:
    """Yield the innermost values that differ; lists of another length are one value."""
    if agrees(want, have):
        return
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        for name, value in want.items():
            yield from leaves(value, have.get(name, _ABSENT), (*path, name))
    elif isinstance(want, Sequence) and isinstance(have, Sequence) and not isinstance(want, str) and len(want) == len(have):
        for number, other in _partners(list(want), list(have)):
            yield from leaves(want[number], other, (*path, number))
    else:
        yield Leaf(path, want, have)


def _partners(want: list[Any], have: list[Any]) -> Iterator[tuple[int, Any]]:
    """Pair up what does not agree: OCI keeps no order, so the most alike belong together."""
    left = [number for number, item in enumerate(want) if not _taken_from(have, item)]
    for number in left:
        other = min(have, key=lambda candidate: sum(1 for _ in leaves(want[number], candidate)))
        have.remove(other)
        yield number, other


def _taken_from(have: list[Any], item: Any) -> bool:
    partner = next((number for number, other in enumerate(have) if agrees(item, other)), None)
    if partner is not None:
        have.pop(partner)
    return partner is not None


def _setting_for(
    order: Order, key: str, name: str, leaf: Leaf, resolve: Resolve, *, any_value: bool = False
) -> tuple[str, Any] | None:
    for setting in (*SETTINGS, *BESIDES):
        for value in _candidates(leaf):
            if not (any_value or _allowed(setting, value)):
                continue
            wanted = _at(_field(with_settings(order, {setting: value}), key, name, resolve), leaf.path)
            if agrees(wanted, leaf.have) and not agrees(wanted, leaf.want):
                return setting, value
    return None


def _candidates(leaf: Leaf) -> list[Any]:
    """Return the values that a setting could have: what was found, numbers written in it, and what switches things off and on."""
    inside = list(_scalars(leaf.have))
    numbers = [int(text) for value in inside if isinstance(value, str) for text in _NUMBER.findall(value)]
    numbers += [int(value) for value in inside if isinstance(value, float) and value.is_integer()]
    known = [leaf.have] if leaf.have is not _ABSENT and leaf.have is not None else []
    found = [value for value in [*known, *inside, *numbers] if not isinstance(value, bool)]
    return [*(value for number, value in enumerate(found) if value not in found[:number]), True, False, 0, ""]


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, (Mapping, list, tuple)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _scalars(part)
    elif value is not None and value is not _ABSENT:
        yield value


def _allowed(setting: str, value: Any) -> bool:
    if setting in BESIDES:
        return isinstance(value, str) and 0 < len(value) <= 60
    return not SETTINGS[setting].check(value)


def _why_not(order: Order, key: str, name: str, leaf: Leaf, resolve: Resolve) -> str:
    match = _setting_for(order, key, name, leaf, resolve, any_value=True)
    if match is None or match[0] in BESIDES:
        return f"No setting decides {name} of {key}: the blueprint gives it."
    return f"{match[0]} would have to be {match[1]!r}, but it {SETTINGS[match[0]].check(match[1])}."


def _field(order: Order, key: str, name: str, resolve: Resolve) -> Any:
    """Return a field as the blueprint wants it; nothing when no blueprint can be made of such settings."""
    try:
        want = next((want for want in draft(order) if want.key == key), None)
    except (Refused, ValueError, TypeError, KeyError):
        return None
    return resolve(want).fields.get(name) if want else None


def _at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return value
