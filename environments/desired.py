"""What is wanted and what is there, as plain values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

TENANCY = "tenancy"
ENVIRONMENT_TAG, KEY_TAG, JOB_TAG = "portal-environment", "portal-key", "portal-job"
SHARED = "shared"  # value of the environment tag on what all environments use

_REF = re.compile(r"\$\{([^}:]+)(?::([^}]+))?\}")
_ABSENT = object()

Lookup = Callable[[str, str], Any]  # (resource key, fact or "") -> value, or None while unknown


@dataclass(frozen=True, slots=True)
class Desired:
    """One resource as the blueprint wants it.

    `place` says where it is made (its compartment, its network); `fields` are the values that are kept as they are here.
    Both use OCI's wire names; `${key}` stands for the OCID of another resource, `${key:fact}` for another of its facts.
    """

    key: str
    kind: str
    name: str
    place: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    owner: str = ""  # value of the environment tag: the environment, or SHARED

    def all_needs(self) -> set[str]:
        """Return the keys of everything that must exist before this."""
        return {*self.needs, *refs(self.place), *refs(self.fields)} - {TENANCY}

    def resolved(self, lookup: Lookup) -> "Desired":
        """Return it with every reference that `lookup` knows replaced."""
        return Desired(
            self.key, self.kind, self.name, _filled(self.place, lookup), _filled(self.fields, lookup), self.needs, self.owner
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as it is frozen into a plan."""
        return {name: getattr(self, name) for name in self.__slots__} | {"needs": list(self.needs)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Desired":
        """Read it back from a plan."""
        return cls(**{**value, "needs": tuple(value["needs"])})


@dataclass(frozen=True, slots=True)
class Found:
    """One resource as OCI shows it. `wire` is OCI's own answer, `facts` what other resources and pages need of it."""

    ocid: str
    name: str
    state: str
    wire: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    etag: str = ""
    owner: str = ""  # value of the environment tag; empty when the portal never tagged it
    key: str = ""
    twins: tuple[str, ...] = ()  # OCIDs of others that carry the same portal tags

    def is_ours(self, want: Desired) -> bool:
        """Say whether the portal's tags on it name this very resource."""
        return (self.owner, self.key) == (want.owner, want.key)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not as it is wanted."""

    field: str
    want: Any
    have: Any


def refs(value: Any) -> set[str]:
    """Return the keys of the resources that a value refers to."""
    if isinstance(value, str):
        return {match[0] for match in _REF.findall(value)}
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return {key for part in parts for key in refs(part)}


def differences(want: Mapping[str, Any], have: Mapping[str, Any]) -> list[Difference]:
    """Return the wanted fields that OCI shows otherwise; what OCI adds of its own is no difference."""
    return [Difference(name, value, have.get(name)) for name, value in want.items() if not agrees(value, have.get(name, _ABSENT))]


def agrees(want: Any, have: Any) -> bool:
    """Say whether `have` is what is wanted: objects may hold more, lists may be in another order."""
    if isinstance(want, Mapping):
        return isinstance(have, Mapping) and all(agrees(item, have.get(name, _ABSENT)) for name, item in want.items())
    if isinstance(want, list):
        return isinstance(have, (list, tuple)) and len(want) == len(have) and _pairs_up(want, list(have))
    return bool(want == have) and isinstance(want, bool) == isinstance(have, bool)


def _pairs_up(want: list[Any], have: list[Any]) -> bool:
    for item in want:
        partner = next((number for number, other in enumerate(have) if agrees(item, other)), None)
        if partner is None:
            return False
        have.pop(partner)
    return True


def _filled(value: Any, lookup: Lookup) -> Any:
    if isinstance(value, str):
        whole = _REF.fullmatch(value)
        if whole:
            known = lookup(whole[1], whole[2] or "")
            return value if known is None else known
        return _REF.sub(lambda match: _text(match, lookup), value)
    if isinstance(value, Mapping):
        return {name: _filled(item, lookup) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_filled(item, lookup) for item in value]
    return value


def _text(match: re.Match[str], lookup: Lookup) -> str:
    known = lookup(match[1], match[2] or "")
    return match[0] if known is None else str(known)
