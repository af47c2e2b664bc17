"""What an adopted resource keeps of its own, because OCI cannot change it and nothing depends on it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from environments.desired import Desired

KEEPABLE = {  # by kind: fixed for ever in OCI, and the product works with either value
    "vcn": {"dnsLabel"},
    "subnet": {"dnsLabel"},
    "vault": {"vaultType"},
    "key": {"keyShape", "protectionMode"},
}


def as_kept(wanted: Iterable[Desired], kept: Mapping[str, Mapping[str, Any]]) -> list[Desired]:
    """Return the blueprint with the fields that adopted resources keep: as they were found, or not spoken of where absent."""
    return [_as_kept(want, kept.get(want.key, {})) for want in wanted]


def keepable(want: Desired, fields: Iterable[str]) -> set[str]:
    """Return those of the fields that a resource may keep as they are."""
    return KEEPABLE.get(want.kind, set()) & set(fields)


def _as_kept(want: Desired, kept: Mapping[str, Any]) -> Desired:
    if not kept:
        return want
    fields = {name: kept.get(name, value) for name, value in want.fields.items()}
    return replace(want, fields={name: value for name, value in fields.items() if value is not None})
