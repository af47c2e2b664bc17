"""Tags that know environments."""

from typing import Any

from django import template

from environments.models import Environment

register = template.Library()


@register.filter
def in_full(environment: Any) -> Any:
    """Return the environment itself for what knows its short name alone: the job engine does
    not know environments.
    """
    if isinstance(environment, Environment):
        return environment
    return Environment.objects.filter(slug=environment.slug).first() or environment
