"""The grammar of policy statements and matching rules, as far as a refusal can be told without
evaluating them.
"""

from __future__ import annotations

import re

from sandbox.oci import errors

_NAME = r"(?:'[^']+'(?:/'[^']+')?|[\w.@+-]+(?:/[\w.@+-]+)?)"
_NAMES = rf"{_NAME}(?:\s*,\s*{_NAME})*"
_OCIDS = r"id\s+'?ocid1\.[\w.-]+'?(?:\s*,\s*(?:id\s+)?'?ocid1\.[\w.-]+'?)*"
_GROUPS = rf"(?:group|dynamic-group)\s+(?:{_OCIDS}|{_NAMES})"
_SUBJECT = rf"(?:any-user|any-group|{_GROUPS}|service\s+{_NAMES}|resource\s+[\w-]+\s+{_NAMES})"
_ACT = r"(?:(?:inspect|read|use|manage)\s+[\w-]+|\{\s*\w+(?:\s*,\s*\w+)*\s*\})"
_PLACE = r"(?:tenancy|compartment\s+(?:id\s+'?ocid1\.[\w.-]+'?|[\w.-]+(?::[\w.-]+)*))"
_ALLOW = re.compile(
    rf"^allow\s+{_SUBJECT}\s+to\s+{_ACT}\s+in\s+{_PLACE}(?:\s+where\s+(?P<condition>.+))?$",
    re.I | re.S,
)
_OTHER = re.compile(r"^(?:define|endorse|admit|deny)\s+.+", re.I | re.S)
_EQUAL = r"[\w.\-]+\s*(?:=|!=)\s*(?:'[^']*'|/[^/]*/|[\w.\-]+)"
_AMONG = r"[\w.\-]+\s+(?:not\s+)?in\s+\(.+\)"
_TIMED = r"[\w.\-]+\s+(?:before|after|between)\b.+"
_CLAUSE = re.compile(rf"^\s*(?:{_EQUAL}|{_AMONG}|{_TIMED})\s*$")


def check(statements: list[str]) -> None:
    """Refuse a policy with a statement that does not parse."""
    if not statements:
        raise errors.invalid("A policy has at least one statement.")
    for statement in statements:
        text = " ".join(statement.split())
        found = _ALLOW.match(text)
        if not found and not _OTHER.match(text):
            raise errors.invalid(f"Invalid parameter 'statements': cannot parse: {statement}")
        if found and found["condition"]:
            _check_condition(found["condition"], statement)


def check_rule(rule: str) -> None:
    """Refuse a dynamic group whose matching rule does not parse."""
    text = " ".join(rule.split())
    grouped = re.match(r"^(?:any|all)\s*\{(.*)\}$", text, re.I)
    inside = grouped[1].strip() if grouped else text
    for clause in _split(inside) if inside or not grouped else []:
        if re.match(r"^\s*(?:any|all)\s*\{", clause, re.I) and grouped:
            check_rule(clause.strip())
        elif not re.match(rf"^\s*(?:{_EQUAL}|[\w.]+\.value)\s*$", clause):
            raise errors.invalid(f"Invalid parameter 'matchingRule': cannot parse: {rule}")


def _check_condition(text: str, statement: str) -> None:
    grouped = re.match(r"^\s*(?:any|all)\s*\{(.*)\}\s*$", text, re.I | re.S)
    for clause in _split(grouped[1]) if grouped else [text]:
        if re.match(r"^\s*(?:any|all)\s*\{", clause, re.I):
            _check_condition(clause, statement)
        elif not _CLAUSE.match(clause):
            raise errors.invalid(
                f"Invalid parameter 'statements': cannot parse the condition of: {statement}"
            )


def _split(text: str) -> list[str]:
    """Split at the commas that are outside of braces and quotes."""
    parts, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == "'"
        depth += (sign in "{(") - (sign in "})") if not quoted else 0
        if sign == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
