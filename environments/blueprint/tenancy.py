"""Compartment, tags and their defaults."""

from environments import naming
from environments.blueprint.spec import HOME, ROOT, Order
from environments.desired import SHARED, Desired


def wanted(order: Order) -> list[Desired]:
    """Return the compartment and the tags that everything in it carries."""
    namespace = naming.tag_namespace(order.prefix)
    what = {"project": "Product", "env": "Environment", "owner": "Who answers for it", "costCenter": "Who pays for it"}
    keys = [
        Desired(
            f"tag.{key}",
            "tag",
            key,
            {"tagNamespaceId": "${tag_namespace}"},
            {"name": key, "description": what[key], "isCostTracking": True, "isRetired": False},
            owner=SHARED,
        )
        for key in naming.TAG_KEYS
    ]
    defaults = [
        Desired(
            f"tag_default.{key}",
            "tag_default",
            key,
            {**HOME, "tagDefinitionId": f"${{tag.{key}}}"},
            {"value": value, "isRequired": False},
        )
        for key, value in order.tag_values().items()
    ]
    name = naming.compartment(order.prefix, order.slug)
    return [
        Desired(
            "tag_namespace",
            "tag_namespace",
            namespace,
            ROOT,
            {"name": namespace, "description": f"Ownership and cost of {order.prefix}", "isRetired": False},
            owner=SHARED,
        ),
        *keys,
        Desired(
            "compartment",
            "compartment",
            name,
            ROOT,
            {"name": name, "description": f"{order.prefix} {order.slug}"},
            needs=tuple(key.key for key in keys),
        ),
        *defaults,
    ]
