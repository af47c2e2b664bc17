"""The blueprint: which resources an environment's settings mean. Pure: no database, no cloud."""

from environments.blueprint.order import Order
from environments.blueprint.whole import blueprint

__all__ = ["Order", "blueprint"]
