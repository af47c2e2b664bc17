"""Buckets, with what is cleared away in them."""

from environments import cleaning, naming
from environments.blueprint.order import HOME, Order
from environments.desired import Desired


def wanted(order: Order) -> list[Desired]:
    """Return the buckets and their lifecycle rules."""
    of = order.complete()
    versioned = {"frontend-static": True, "uploads": of["versioned_uploads"], "exports": False, "backups": False}
    kept = {"exports": of["exports_days"]}
    buckets = [
        Desired(
            f"bucket.{which}",
            "bucket",
            naming.thing(order.prefix, order.slug, which),
            HOME,
            {
                "publicAccessType": "ObjectReadWithoutList" if which == "frontend-static" else "NoPublicAccess",
                "versioning": "Enabled" if versioned[which] else "Disabled",
            },
        )
        for which in naming.BUCKETS
    ]
    cleaned = [
        Desired(
            f"lifecycle.{which}",
            "lifecycle",
            naming.thing(order.prefix, order.slug, which),
            {"bucket": f"${{bucket.{which}}}"},
            {"items": cleaning.rules(versioned=versioned[which], days=kept.get(which, 0))},
        )
        for which in naming.BUCKETS
    ]
    return [*buckets, *cleaned]
