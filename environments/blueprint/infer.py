"""Infer settings from values found in OCI. Pure: it asks the blueprint itself."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from environments.blueprint import EnvironmentSpec, draft
from environments.desired import Desired, agrees
from environments.naming import TAG_VARIABLE
from environments.settings.rules import TAG_FIELDS
from environments.settings.schema import SETTINGS
from portal.lib.refusal import Refused

Resolve = Callable[[Desired], Desired]
Path = tuple[str | int, ...]
OWN_TAGS = {
    "freeformTags": "The portal sets these tags on what it manages; no setting decides them."
}
MOST = 8  # settings that one field may come from
_NUMBER = re.compile(r"\d+")
_UNITS = (60, 3600, 86_400, 1000, 1024)  # OCI counts in another unit than the setting
SWITCHED = (True, False, 0, "")  # what a setting may be when nothing of it is found
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Inference:
    """The settings that would want what was found, or why none would."""

    settings: dict[str, Any] = field(default_factory=dict)
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class LeafDifference:
    """One value inside a field that is not as it is wanted."""

    path: Path
    want: Any
    have: Any


def infer_settings(
    spec: EnvironmentSpec, key: str, name: str, found: Any, resolve: Resolve = lambda want: want
) -> Inference:
    """Return the settings under which the blueprint would want `found` as field `name` of the
    resource `key`.

    `resolve` replaces the references of a resource by what was found. Nothing is guessed: a value
    is taken only when the blueprint, made with it, wants exactly what was found.
    """
    if name in OWN_TAGS:
        return Inference(why_not=OWN_TAGS[name])
    search, taken = SettingSearch(spec, key, name, found, resolve), dict[str, Any]()
    left = search.left(taken)
    while left and len(taken) < MOST:
        match = search.next(taken, left)
        if match is None:
            return Inference(why_not=search.why_not(taken, left))
        taken |= match
        left = search.left(taken)
    return (
        Inference(taken)
        if not left
        else Inference(why_not=f"No combination of settings matches {name} of {key} as found.")
    )


def infer_part(
    spec: EnvironmentSpec, key: str, name: str, found: Any, resolve: Resolve = lambda want: want
) -> dict[str, Any]:
    """Return the settings behind single numbers and texts of a field that none explains whole.

    A lifecycle rule that was written by hand keeps its days although its name stays another.
    """
    if name in OWN_TAGS:
        return {}
    search, taken = SettingSearch(spec, key, name, found, resolve), dict[str, Any]()
    for leaf in search.left(taken):
        if leaf.path and not isinstance(leaf.have, (Mapping, list, tuple)):
            taken |= search.explain(taken, leaf) or {}
    return taken


@dataclass(frozen=True, slots=True)
class SettingSearch:
    """The question which settings want one field of one resource as it was found."""

    spec: EnvironmentSpec
    key: str
    name: str
    found: Any
    resolve: Resolve

    def left(self, changes: Mapping[str, Any]) -> list[LeafDifference]:
        """Return the values that still differ under these changes; everything without one."""
        wanted = self._wanted(changes)
        return (
            [LeafDifference((), wanted, self.found)]
            if wanted is None
            else list(leaves(wanted, self.found))
        )

    def next(
        self, taken: Mapping[str, Any], left: list[LeafDifference], *, any_value: bool = False
    ) -> dict[str, Any] | None:
        """Return one more setting that makes fewer values differ."""
        values = [*_candidates(left[0]), *SWITCHED]
        return self._better(taken, len(left), values, any_value=any_value)

    def explain(self, taken: Mapping[str, Any], leaf: LeafDifference) -> dict[str, Any] | None:
        """Return the setting that comes from this very value, and from nothing but it."""
        return self._better(taken, len(self.left(taken)), _candidates(leaf))

    def _better(
        self, taken: Mapping[str, Any], before: int, values: list[Any], *, any_value: bool = False
    ) -> dict[str, Any] | None:
        for setting in (*SETTINGS, *TAG_FIELDS):
            for value in values:
                allowed = any_value or _allowed(setting, value)
                if allowed and len(self.left({**taken, setting: value})) < before:
                    return {setting: value}
        return None

    def why_not(self, taken: Mapping[str, Any], left: list[LeafDifference]) -> str:
        """Say which setting would have to break its rule, or that none decides this."""
        match = self.next(taken, left, any_value=True) or {}
        for setting, value in match.items():
            if setting not in TAG_FIELDS:
                return (
                    f"{setting} would have to be {value!r}, but it "
                    f"{SETTINGS[setting].check(value)}."
                )
        return f"No setting controls {self.name} of {self.key}: the blueprint fixes it."

    def _wanted(self, changes: Mapping[str, Any]) -> Any:
        try:
            want = next(
                (want for want in draft(self.spec.changed(changes)) if want.key == self.key), None
            )
        except (Refused, ValueError, TypeError, KeyError):
            return None
        return self.resolve(want).fields.get(self.name) if want else None


def leaves(want: Any, have: Any, path: Path = ()) -> Iterator[LeafDifference]:
    """Yield the innermost values that differ.

    Items of lists are paired by what they have in common; one without a partner is one value.
    """
    if agrees(want, have):
        return
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        for name, value in want.items():
            yield from leaves(value, have.get(name, _ABSENT), (*path, name))
    elif (
        isinstance(want, Sequence)
        and isinstance(have, Sequence)
        and not isinstance(want, str)
        and not isinstance(have, str)
    ):
        yield from _leaves_of_lists(list(want), list(have), path)
    else:
        yield LeafDifference(path, want, have)


def _leaves_of_lists(want: list[Any], have: list[Any], path: Path) -> Iterator[LeafDifference]:
    """Pair up what does not agree: OCI keeps no order, so the most alike belong together."""
    wanted = [(number, item) for number, item in enumerate(want) if not _take_match(have, item)]
    alike = [
        (distance, number, place)
        for number, item in wanted
        for place, other in enumerate(have)
        if (distance := _distance(item, other)) is not None
    ]
    partners, taken = dict[int, int](), set[int]()
    for _, number, place in sorted(alike):
        if number not in partners and place not in taken:
            partners[number] = place
            taken.add(place)
    for number, item in wanted:
        other = have[partners[number]] if number in partners else _ABSENT
        yield from leaves(item, other, (*path, number))
    for place, other in enumerate(have):
        if place not in taken:
            yield LeafDifference((*path, len(want) + place), _ABSENT, other)


def _distance(item: Any, other: Any) -> int | None:
    """Return how many values differ; None for objects that have nothing in common."""
    if not isinstance(item, Mapping) or not isinstance(other, Mapping):
        return sum(1 for _ in leaves(item, other))
    common = any(name in other and agrees(value, other[name]) for name, value in item.items())
    return sum(1 for _ in leaves(item, other)) if common else None


def _take_match(have: list[Any], item: Any) -> bool:
    partner = next((number for number, other in enumerate(have) if agrees(item, other)), None)
    if partner is not None:
        have.pop(partner)
    return partner is not None


def _candidates(leaf: LeafDifference) -> list[Any]:
    inside = list(_inner_values(leaf.have))
    numbers = [
        int(text) for value in inside if isinstance(value, str) for text in _NUMBER.findall(value)
    ]
    numbers += [int(value) for value in inside if isinstance(value, float) and value.is_integer()]
    numbers += [
        value // unit
        for value in inside
        if type(value) is int and value
        for unit in _UNITS
        if value % unit == 0
    ]
    known = [leaf.have] if leaf.have is not _ABSENT and leaf.have is not None else []
    found = [value for value in [*known, *inside, *numbers] if not isinstance(value, bool)]
    return [value for number, value in enumerate(found) if value not in found[:number]]


def _inner_values(value: Any) -> Iterator[Any]:
    if isinstance(value, (Mapping, list, tuple)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _inner_values(part)
    elif value is not None and value is not _ABSENT:
        yield value


def _allowed(setting: str, value: Any) -> bool:
    if setting in TAG_FIELDS:
        fits = isinstance(value, str) and 0 < len(value) <= 60
        return fits and TAG_VARIABLE not in value
    return not SETTINGS[setting].check(value)
