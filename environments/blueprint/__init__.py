"""The blueprint: which resources an environment's settings mean. Pure: no database, no cloud."""

from environments.blueprint.spec import Order
from environments.blueprint.whole import blueprint, notes

__all__ = ["Order", "blueprint", "notes"]
