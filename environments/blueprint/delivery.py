"""Where images are kept."""

from environments import naming
from environments.blueprint.order import HOME, Order
from environments.desired import Desired


def wanted(order: Order) -> list[Desired]:
    """Return the container repositories."""
    return [
        Desired(
            f"repository.{image}", "repository", naming.repository(order.prefix, order.slug, image), HOME, {"isPublic": False}
        )
        for image in naming.REPOSITORIES
    ]
