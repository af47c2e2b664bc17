"""The way back from a found value to the setting that would want it. Pure: it asks the blueprint itself."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from environments.blueprint import Order
from environments.blueprint.whole import draft
from environments.desired import Desired, agrees
from environments.settings.schema import SETTINGS
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
    search, taken = Search(order, key, name, found, resolve), dict[str, Any]()
    left = search.left(taken)
    while left and len(taken) < MOST:
        match = search.next(taken, left)
        if match is None:
            return Reverse(why_not=search.why_not(taken, left))
        taken |= match
        left = search.left(taken)
    return Reverse(taken) if not left else Reverse(why_not=f"No settings together want {name} of {key} as it was found.")


@dataclass(frozen=True, slots=True)
class Search:
    """The question which settings want one field of one resource as it was found."""

    order: Order
    key: str
    name: str
    found: Any
    resolve: Resolve

    def left(self, changes: Mapping[str, Any]) -> list[Leaf]:
        """Return the values that differ when the settings are changed so; all of it when no blueprint can be made of them."""
        wanted = self._wanted(changes)
        return [Leaf((), wanted, self.found)] if wanted is None else list(leaves(wanted, self.found))

    def next(self, taken: Mapping[str, Any], left: list[Leaf], *, any_value: bool = False) -> dict[str, Any] | None:
        """Return one more setting that makes fewer values differ."""
        for setting in (*SETTINGS, *BESIDES):
            for value in _candidates(left[0]):
                if (any_value or _allowed(setting, value)) and len(self.left({**taken, setting: value})) < len(left):
                    return {setting: value}
        return None

    def why_not(self, taken: Mapping[str, Any], left: list[Leaf]) -> str:
        """Say which setting would have to break its rule, or that none decides this."""
        match = self.next(taken, left, any_value=True) or {}
        for setting, value in match.items():
            if setting not in BESIDES:
                return f"{setting} would have to be {value!r}, but it {SETTINGS[setting].check(value)}."
        return f"No setting decides {self.name} of {self.key}: the blueprint gives it."

    def _wanted(self, changes: Mapping[str, Any]) -> Any:
        try:
            want = next((want for want in draft(with_settings(self.order, changes)) if want.key == self.key), None)
        except (Refused, ValueError, TypeError, KeyError):
            return None
        return self.resolve(want).fields.get(self.name) if want else None


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
