"""Refuses statements and matching rules that do not parse, as OCI refuses them."""

from __future__ import annotations

from sandbox.oci import errors
from sandbox.oci.iam import grammar


def check(statements: list[str]) -> None:
    """Refuse a policy with a statement that does not parse."""
    if not statements:
        raise errors.invalid("A policy has at least one statement.")
    for statement in statements:
        try:
            grammar.parse(statement)
        except grammar.GrammarError as error:
            raise errors.invalid(f"Invalid parameter 'statements': {error}") from error


def check_rule(rule: str) -> None:
    """Refuse a dynamic group whose matching rule does not parse."""
    try:
        grammar.parse_rule(rule)
    except grammar.GrammarError as error:
        raise errors.invalid(f"Invalid parameter 'matchingRule': {error}") from error
