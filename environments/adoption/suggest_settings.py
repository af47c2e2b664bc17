"""Suggest settings from what was found: as many as explain what differs. Pure."""

from collections.abc import Mapping
from typing import Any

from environments.blueprint import EnvironmentSpec, draft
from environments.blueprint.infer import infer_part, infer_settings, leaves
from environments.desired import Actual, Desired, Lookup, differences

MOST_ROUNDS = 40


def suggest_settings(
    spec: EnvironmentSpec, found: Mapping[str, Actual], known: Lookup
) -> dict[str, Any]:
    """Return settings, each of which explains a difference from what was found."""
    taken: dict[str, Any] = {}
    refused: set[tuple[str, str, str]] = set()
    for _ in range(MOST_ROUNDS):
        more = _next(spec.changed(taken), found, known, refused)
        if more is None:
            break
        taken |= more
    return taken


def _next(
    spec: EnvironmentSpec,
    found: Mapping[str, Actual],
    known: Lookup,
    refused: set[tuple[str, str, str]],
) -> dict[str, Any] | None:
    """Return the first settings that make fewer values differ."""
    wanted = {want.key: want.resolved(known) for want in draft(spec)}
    before = _count(wanted, found)
    for key, field, have in _differing(wanted, found):
        mark = (key, field, repr(have))
        if mark in refused:
            continue
        found_as = (spec, key, field, have, lambda want: want.resolved(known))
        more = infer_settings(*found_as).settings or infer_part(*found_as)
        after = (
            {want.key: want.resolved(known) for want in draft(spec.changed(more))}
            if more
            else wanted
        )
        if more and _count(after, found) < before:
            return more
        refused.add(mark)
    return None


def _differing(
    wanted: Mapping[str, Desired], found: Mapping[str, Actual]
) -> list[tuple[str, str, Any]]:
    return [
        (key, difference.field, difference.have)
        for key, one in found.items()
        if key in wanted
        for difference in differences(wanted[key].fields, one.wire)
        if difference.have is not None and difference.field != "freeformTags"
    ]


def _count(wanted: Mapping[str, Desired], found: Mapping[str, Actual]) -> int:
    """Count the single values that differ."""
    return sum(
        1
        for key, one in found.items()
        if key in wanted
        for difference in differences(wanted[key].fields, one.wire)
        for _ in leaves(difference.want, difference.have)
    )
