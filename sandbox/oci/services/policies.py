"""Refuses statements and matching rules that do not parse, as OCI refuses them."""

from __future__ import annotations

from sandbox.oci import errors
from sandbox.oci.engine import Engine
from sandbox.oci.iam import grammar, grants


def check(engine: Engine, statements: list[str], home: str) -> None:
    """Refuse a policy with a statement that does not parse, denies where no tenancy has deny
    statements switched on, or speaks of a compartment that is not at or below `home`, where the
    policy is attached.
    """
    if not statements:
        raise errors.invalid("A policy has at least one statement.")
    for statement in statements:
        try:
            found = grammar.parse(statement)
        except grammar.GrammarError as error:
            raise errors.invalid(f"Invalid parameter 'statements': {error}") from error
        if statement.split()[0].lower() == "deny":
            raise errors.invalid("Deny policies are not enabled in this tenancy.")
        if found and not grants.place_of(engine, found, home):
            raise errors.invalid(
                f"Compartment {{{found.place}}} does not exist or is not part of the policy"
                " compartment subtree"
            )


def check_rule(rule: str) -> None:
    """Refuse a dynamic group whose matching rule does not parse."""
    try:
        grammar.parse_rule(rule)
    except grammar.GrammarError as error:
        raise errors.invalid(f"Invalid parameter 'matchingRule': {error}") from error
