"""Which dynamic groups a resource is in: decided when its token is issued."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.oci.iam import conditions, grammar

if TYPE_CHECKING:
    from sandbox.oci.engine import Engine


def groups_of(engine: Engine, resource: str, compartment: str) -> list[str]:
    """Return the OCIDs of the dynamic groups whose matching rule fits a resource."""
    lookup = facts(resource, compartment, _tags(engine, resource))
    return [
        record.id
        for record in engine.store.living("identity.DynamicGroup")
        if matches(record.body["matchingRule"], lookup)
    ]


def matches(rule: str, lookup: conditions.Lookup) -> bool:
    """Say whether a matching rule fits a resource; an empty rule fits nothing."""
    condition = grammar.parse_rule(rule)
    if condition.word in {"any", "all"} and not condition.parts:
        return False
    return conditions.holds(condition, lookup)


def facts(resource: str, compartment: str, tags: dict[str, dict[str, Any]]) -> conditions.Lookup:
    """Return what a rule may ask of a resource; instance.* only for virtual machines."""
    kind = word(resource)
    known = {
        "resource.type": kind,
        "resource.id": resource,
        "resource.compartment.id": compartment,
    }
    if kind == "instance":
        known |= {"instance.id": resource, "instance.compartment.id": compartment}
    for namespace, values in tags.items():
        for key, value in values.items():
            known[f"tag.{namespace}.{key}.value".lower()] = str(value)

    def lookup(name: str) -> tuple[str, ...] | None:
        return (known[name],) if name in known else None

    return lookup


def word(resource: str) -> str:
    """Return the type word of an OCID."""
    return [*resource.split("."), ""][1]


def _tags(engine: Engine, resource: str) -> dict[str, dict[str, Any]]:
    kind = engine.words.get(word(resource), "")
    record = engine.store.look(kind, resource)
    return dict(record.body.get("definedTags") or {}) if record else {}
