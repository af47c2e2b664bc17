"""What is wanted and what is there, as plain values. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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

    `place` says where it is made (its compartment, its network); `fields` are the values that are
    kept as they are here. Both use OCI's wire names; `${key}` stands for the OCID of another
    resource, `${key:fact}` for another of its facts.
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
        place, fields = _filled(self.place, lookup), _filled(self.fields, lookup)
        return replace(self, place=place, fields=fields)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is frozen into a plan."""
        return {name: getattr(self, name) for name in self.__slots__} | {"needs": list(self.needs)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Desired":
        """Read it back from a plan."""
        return cls(**{**value, "needs": tuple(value["needs"])})


@dataclass(frozen=True, slots=True)
class Known:
    """What the portal remembers of a resource that exists: its OCID and what others need of it."""

    ocid: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is frozen into a plan."""
        return {"ocid": self.ocid, "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Known":
        """Read it back from a plan, or from the result of a step."""
        return cls(value["ocid"], value["facts"])


@dataclass(frozen=True, slots=True)
class Actual:
    """One resource as OCI shows it: `wire` is OCI's answer, `facts` what others and pages need."""

    ocid: str
    name: str
    state: str
    wire: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    etag: str = ""
    owner: str = ""  # value of the environment tag; empty when the portal never tagged it
    key: str = ""
    twins: tuple[str, ...] = ()  # OCIDs of others that carry the same portal tags

    @classmethod
    def from_wire(
        cls, wire: dict[str, Any], *, ocid: str = "id", name: str = "displayName", **facts: Any
    ) -> "Actual":
        """Take it from OCI's answer; `ocid` and `name` say which of its members hold them."""
        tags = wire.get("freeformTags") or {}
        return cls(
            ocid=str(wire.get(ocid, "")),
            name=str(wire.get(name, "")),
            state=str(wire.get("lifecycleState") or "ACTIVE"),
            wire=wire,
            facts=facts,
            etag=str(wire.get("etag") or ""),
            owner=str(tags.get(ENVIRONMENT_TAG, "")),
            key=str(tags.get(KEY_TAG, "")),
        )

    def is_ours(self, want: Desired) -> bool:
        """Say whether the portal's tags on it name this very resource."""
        return (self.owner, self.key) == (want.owner, want.key)

    @property
    def whose(self) -> str:
        """Return what completes "It …" when it is not the portal's: whom it belongs to, if
        anybody.
        """
        owned = f"belongs to {self.owner}:{self.key}"
        return owned if self.owner else "does not carry the portal's tags"

    @property
    def known(self) -> Known:
        """Return what the portal remembers of it."""
        return Known(self.ocid, self.facts)


Observed = dict[str, Actual | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not as it is wanted."""

    field: str
    want: Any
    have: Any


def fact_of(found: Known | Actual | None, fact: str) -> Any:
    """Return a fact of what a reference means, its OCID when the fact is empty; None while
    unknown.
    """
    return None if found is None else found.facts.get(fact) if fact else found.ocid


def lookup_in(present: Mapping[str, Known | Actual | None], tenancy: str | None) -> Lookup:
    """Return how references are resolved: to the OCID or a fact of what is present when asked."""

    def look_up(key: str, fact: str) -> Any:
        return tenancy if key == TENANCY else fact_of(present.get(key), fact)

    return look_up


def refs(value: Any) -> set[str]:
    """Return the keys of the resources that a value refers to."""
    if isinstance(value, str):
        return {match[0] for match in _REF.findall(value)}
    parts = (
        value.values()
        if isinstance(value, Mapping)
        else value
        if isinstance(value, (list, tuple))
        else ()
    )
    return {key for part in parts for key in refs(part)}


def differences(want: Mapping[str, Any], have: Mapping[str, Any]) -> list[Difference]:
    """Return the wanted fields that OCI shows otherwise; what OCI adds of its own is no
    difference.
    """
    return [
        Difference(name, value, have.get(name))
        for name, value in want.items()
        if not agrees(value, have.get(name, _ABSENT))
    ]


def agrees(want: Any, have: Any) -> bool:
    """Say whether `have` is what is wanted: objects may hold more, lists may be in another
    order.
    """
    if isinstance(want, Mapping):
        return isinstance(have, Mapping) and all(
            agrees(item, have.get(name, _ABSENT)) for name, item in want.items()
        )
    if isinstance(want, list):
        return (
            isinstance(have, (list, tuple))
            and len(want) == len(have)
            and _pairs_up(want, list(have))
        )
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
