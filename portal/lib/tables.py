"""Tables of the settings that name functions of apps which their reader must not import."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def functions(setting: str) -> list[Callable[..., Any]]:
    """Return the functions that a setting names by dotted path, in its order."""
    return [_function(path) for path in getattr(settings, setting)]


def environment_slugs() -> list[str]:
    """Return the short names of all environments, in the order of promotion."""
    return [slug for source in functions("ENVIRONMENT_SLUGS") for slug in source()]


@cache
def _function(path: str) -> Callable[..., Any]:
    function: Callable[..., Any] = import_string(path)
    return function
