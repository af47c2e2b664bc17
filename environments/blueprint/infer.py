"""Infer settings from values found in OCI. Pure: it asks the blueprint itself."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from environments.blueprint import EnvironmentSpec, draft
from environments.desired import Desired, agrees
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
        for setting in (*SETTINGS, *TAG_FIELDS):
            for value in _candidates(left[0]):
                if (any_value or _allowed(setting, value)) and len(
                    self.left({**taken, setting: value})
                ) < len(left):
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
    """Yield the innermost values that differ; lists of another length are one value."""
    if agrees(want, have):
        return
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        for name, value in want.items():
            yield from leaves(value, have.get(name, _ABSENT), (*path, name))
    elif (
        isinstance(want, Sequence)
        and isinstance(have, Sequence)
        and not isinstance(want, str)
        and len(want) == len(have)
    ):
        for number, other in _pair_up(list(want), list(have)):
            yield from leaves(want[number], other, (*path, number))
    else:
        yield LeafDifference(path, want, have)


def _pair_up(want: list[Any], have: list[Any]) -> Iterator[tuple[int, Any]]:
    """Pair up what does not agree: OCI keeps no order, so the most alike belong together."""
    left = [number for number, item in enumerate(want) if not _take_match(have, item)]
    for number in left:
        other = min(have, key=lambda candidate: sum(1 for _ in leaves(want[number], candidate)))
        have.remove(other)
        yield number, other


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
    return [
        *(value for number, value in enumerate(found) if value not in found[:number]),
        True,
        False,
        0,
        "",
    ]


def _inner_values(value: Any) -> Iterator[Any]:
    if isinstance(value, (Mapping, list, tuple)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _inner_values(part)
    elif value is not None and value is not _ABSENT:
        yield value


def _allowed(setting: str, value: Any) -> bool:
    if setting in TAG_FIELDS:
        return isinstance(value, str) and 0 < len(value) <= 60
    return not SETTINGS[setting].check(value)
