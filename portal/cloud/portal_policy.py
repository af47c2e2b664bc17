"""The policy that the portal's own principal needs, from what each part says it calls."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

PARENT = "compartment id P"  # how a right names the parent compartment of the environments
PREFIX, NAMESPACE = "PREFIX", "TAG_NAMESPACE"  # how it names what begins with their prefix
VERBS = ("inspect", "read", "use", "manage")
_FORM = re.compile(
    r"Allow .+? to (?P<verb>inspect|read|use|manage) (?P<what>\S+) in (?P<place>tenancy|compartment"
    r" id \S+)(?P<condition> where .+)?"
)


@dataclass(frozen=True, slots=True)
class PortalRight:
    """What one part of the portal must be allowed: a statement after the word "to"."""

    may: str
    because: str


@dataclass(frozen=True, slots=True)
class PolicyStatement:
    """One statement to paste, and the parts of the portal that need it."""

    text: str
    because: tuple[str, ...]


def rights() -> Iterable[PortalRight]:
    """Yield what every part named in settings.PORTAL_RIGHTS needs."""
    for name in settings.PORTAL_RIGHTS:
        yield from import_string(name)


def statements(
    who: str = "group conceptlens-portal", parent: str = "", prefix: str = "conceptlens"
) -> list[PolicyStatement]:
    """Return the statements for a principal ("group NAME" or "dynamic-group NAME"): each once.

    `parent` is the OCID of the compartment that holds the environments; without one they lie in
    the root, so that everything is allowed in the tenancy, and what is wider there replaces what
    is narrower. `prefix` is what the names of the environments begin with.
    """
    place = f"compartment id {parent}" if parent else "tenancy"
    values = {PARENT: place, NAMESPACE: re.sub(r"[^A-Za-z0-9_]", "", prefix), PREFIX: prefix}
    found: dict[str, list[str]] = {}
    for right in rights():
        text = f"Allow {who} to {right.may}"
        for word, value in values.items():
            text = text.replace(word, value)
        found.setdefault(text, []).append(right.because)
    return [
        PolicyStatement(text, tuple(dict.fromkeys(why)))
        for text, why in found.items()
        if not any(_includes(wider, text) for wider in found if wider != text)
    ]


def anchor_statement(who: str, bucket: str, compartment: str) -> str:
    """Return the statement for the bucket of the audit trail's anchors: add and read, no more."""
    return (
        f"Allow {who} to {{OBJECT_CREATE, OBJECT_INSPECT, OBJECT_READ}} in compartment id"
        f" {compartment} where target.bucket.name = '{bucket}'"
    )


def _includes(wider: str, text: str) -> bool:
    """Say whether a statement without condition gives all that another of its type gives."""
    one, other = _FORM.fullmatch(wider), _FORM.fullmatch(text)
    return bool(
        one
        and other
        and one["what"] == other["what"]
        and (one["place"] == other["place"] or one["place"] == "tenancy")
        and not one["condition"]
        and VERBS.index(one["verb"]) >= VERBS.index(other["verb"])
    )
