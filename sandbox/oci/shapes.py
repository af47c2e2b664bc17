"""Projects what the simulator knows of a thing to the SDK's response model of it."""

from __future__ import annotations

import re
from typing import Any

from sandbox.oci.surface import Model, Surface

_LIST = re.compile(r"^list\[(.+)\]$")
_DICT = re.compile(r"^dict\((\w+), (.+)\)$")


class Shapes:
    """Response models by service."""

    def __init__(self, surface: Surface) -> None:
        self._models = surface.models

    def model(self, service: str, name: str) -> Model | None:
        """Return a model of a service."""
        return self._models.get(service, {}).get(name)

    def fields(self, service: str, name: str) -> set[str]:
        """Return the wire names that a model shows."""
        model = self.model(service, name)
        return set(model.fields) if model else set()

    def collection(self, service: str, response: str) -> bool:
        """Say whether a list comes as an object with `items`."""
        return "items" in self.fields(service, response)

    def item(self, service: str, response: str) -> str:
        """Return the type of one item of a list response."""
        found = _LIST.match(response)
        if found:
            return found[1]
        model = self.model(service, response)
        return (
            item_type(model.fields["items"].type) if model and "items" in model.fields else response
        )

    def project(self, service: str, kind: str, value: Any) -> Any:
        """Return what the response type shows of a value; what it does not know is left out."""
        if value is None:
            return None
        if (found := _LIST.match(kind)) and isinstance(value, list):
            return [self.project(service, found[1], item) for item in value]
        if (found := _DICT.match(kind)) and isinstance(value, dict):
            return {key: self.project(service, found[2], item) for key, item in value.items()}
        model = self.model(service, kind)
        if model is None or not isinstance(value, dict):
            return value
        model = self.subtype(service, model, value)
        return {
            name: self.project(service, item.type, value[name])
            for name, item in model.fields.items()
            if name in value
        }

    def subtype(self, service: str, model: Model, value: dict[str, Any]) -> Model:
        """Return the model that the value's discriminator names, or the model itself."""
        while model.discriminator:
            name = model.subtypes.get(str(value.get(model.discriminator)), "")
            narrower = self.model(service, name)
            if narrower is None or narrower is model:
                return model
            model = narrower
        return model


def item_type(kind: str) -> str:
    """Return the type inside `list[...]`."""
    found = _LIST.match(kind)
    return found[1] if found else kind
