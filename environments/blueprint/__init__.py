"""The blueprint: which resources an environment's settings mean. Pure."""

from environments.blueprint.spec import EnvironmentSpec
from environments.blueprint.whole import blueprint, draft, notes

__all__ = ["EnvironmentSpec", "blueprint", "draft", "notes"]
