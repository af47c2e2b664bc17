"""Values as PostgreSQL can store them."""

from collections.abc import Mapping
from typing import Any


def storable(value: object) -> Any:
    """Return the value with every text in it free of NUL and lone surrogates."""
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(item) for item in value]
    return value
