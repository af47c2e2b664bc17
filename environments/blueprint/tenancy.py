"""Compartment, tags and their defaults."""

from environments import naming
from environments.blueprint.spec import HOME, ROOT, EnvironmentSpec, resource
from environments.desired import SHARED, Desired

MEANINGS = {
    "project": "Product",
    "env": "Environment",
    "owner": "Who answers for it",
    "costCenter": "Who pays for it",
}


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return the compartment and the tags that everything in it carries."""
    namespace, name = naming.tag_namespace(spec.prefix), naming.compartment(spec.prefix, spec.slug)
    owned = {"description": f"Ownership and cost of {spec.prefix}", "isRetired": False}
    keys = [_tag(key) for key in naming.TAG_KEYS]
    defaults = [
        resource(
            f"tag_default.{key}",
            key,
            {**HOME, "tagDefinitionId": f"${{tag.{key}}}"},
            {"value": value, "isRequired": False},
        )
        for key, value in spec.cost_tags().items()
    ]
    fields = {"name": name, "description": f"{spec.prefix} {spec.slug}"}
    needs = tuple(key.key for key in keys)
    parent = spec.settings["parent_compartment"]
    above = {"compartmentId": parent} if parent else ROOT
    return [
        resource("tag_namespace", namespace, ROOT, {"name": namespace, **owned}, owner=SHARED),
        *keys,
        resource("compartment", name, above, fields, needs=needs),
        *defaults,
    ]


def _tag(key: str) -> Desired:
    fields = {"name": key, "description": MEANINGS[key], "isCostTracking": True, "isRetired": False}
    return resource(f"tag.{key}", key, {"tagNamespaceId": "${tag_namespace}"}, fields, owner=SHARED)
