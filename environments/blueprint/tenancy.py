"""Compartment, tags and their defaults."""

from environments import naming
from environments.blueprint.spec import HOME, ROOT, EnvironmentSpec, resource
from environments.desired import SHARED, Desired


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return the compartment and the tags that everything in it carries."""
    namespace = naming.tag_namespace(spec.prefix)
    what = {
        "project": "Product",
        "env": "Environment",
        "owner": "Who answers for it",
        "costCenter": "Who pays for it",
    }
    keys = [
        resource(
            f"tag.{key}",
            key,
            {"tagNamespaceId": "${tag_namespace}"},
            {"name": key, "description": what[key], "isCostTracking": True, "isRetired": False},
            owner=SHARED,
        )
        for key in naming.TAG_KEYS
    ]
    defaults = [
        resource(
            f"tag_default.{key}",
            key,
            {**HOME, "tagDefinitionId": f"${{tag.{key}}}"},
            {"value": value, "isRequired": False},
        )
        for key, value in spec.cost_tags().items()
    ]
    name = naming.compartment(spec.prefix, spec.slug)
    return [
        resource(
            "tag_namespace",
            namespace,
            ROOT,
            {
                "name": namespace,
                "description": f"Ownership and cost of {spec.prefix}",
                "isRetired": False,
            },
            owner=SHARED,
        ),
        *keys,
        resource(
            "compartment",
            name,
            ROOT,
            {"name": name, "description": f"{spec.prefix} {spec.slug}"},
            needs=tuple(key.key for key in keys),
        ),
        *defaults,
    ]
