"""Decides conditions of statements and matching rules. Pure."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.oci.iam.grammar import Condition

Lookup = Callable[[str], "tuple[str, ...] | None"]  # a variable's values; None: it has none here


def holds(condition: Condition, lookup: Lookup) -> bool:
    """Say whether a condition is true; a comparison with a variable without value is false."""
    if condition.word == "all":
        return all(holds(part, lookup) for part in condition.parts)
    if condition.word == "any":
        return any(holds(part, lookup) for part in condition.parts)
    found = lookup(condition.name.lower())
    if (
        found is None or condition.word == "time"
    ):  # time windows are not simulated: they give nothing
        return False
    if condition.word == "has":
        return True
    wanted = [_fits(value, found, lookup) for value in condition.values]
    negated = condition.word in {"!=", "not in"}
    return not any(wanted) if negated else any(wanted)


def _fits(written: str, found: tuple[str, ...], lookup: Lookup) -> bool:
    values = [value.lower() for value in found]
    if written.startswith("'"):
        return written.strip("'").lower() in values
    if written.startswith("/"):
        return any(_like(written.strip("/").lower(), value) for value in values)
    other = lookup(written.lower())
    return other is not None and any(value.lower() in values for value in other)


def _like(pattern: str, value: str) -> bool:
    """Match a pattern with stars at its ends."""
    inner = pattern.strip("*")
    begins, ends = not pattern.startswith("*"), not pattern.endswith("*")
    if begins and ends:
        return value == inner
    if begins:
        return value.startswith(inner)
    return value.endswith(inner) if ends else inner in value
