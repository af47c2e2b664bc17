"""Checks a request against the SDK's table: required and unknown fields, types, enums."""

from __future__ import annotations

import json
import re
from typing import Any

from sandbox.oci import clock, errors
from sandbox.oci.exchange import Request
from sandbox.oci.shapes import Shapes
from sandbox.oci.surface import Field, Model, Operation, Parameter

_LIST = re.compile(r"^list\[(.+)\]$")
_DICT = re.compile(r"^dict\((\w+), (.+)\)$")
_PLAIN: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}
_BYTES = {"stream", "bytearray"}


def query(operation: Operation, request: Request) -> dict[str, str]:
    """Return the query by wire name; an unknown parameter, a missing one or a wrong value is
    refused.
    """
    given = request.query
    known = {item.name: item for item in operation.query}
    for name in given:
        if name not in known:
            raise errors.invalid(f"Unknown query parameter {name}.")
    for item in operation.query:
        if item.required and not "".join(given.get(item.name, [])):
            raise errors.missing(f"The query parameter {item.name} is required.")
    return {name: _parameter(known[name], values) for name, values in given.items()}


def body(shapes: Shapes, operation: Operation, request: Request) -> Any:
    """Return the parsed and checked body; bytes for a stream, {} for none."""
    if operation.body in _BYTES:
        return request.content
    if not operation.body:
        return {}
    if not request.content.strip():
        if operation.body_required:
            raise errors.missing(f"The body ({operation.body}) is required.")
        return {}
    try:
        value = json.loads(request.content)
    except ValueError as error:
        raise errors.unreadable(f"Incorrectly formatted request: not JSON ({error}).") from error
    check(shapes, operation.service, Field(operation.body), value, "body")
    return value


def check(shapes: Shapes, service: str, field: Field, value: Any, where: str) -> None:
    """Refuse a value that its type does not allow."""
    if value is None:
        if field.required:
            raise errors.missing(f"{where} is required.")
        return
    if found := _LIST.match(field.type):
        _expect(isinstance(value, list), where, "a list")
        for position, item in enumerate(value):
            check(shapes, service, Field(found[1], enum=field.enum), item, f"{where}[{position}]")
    elif found := _DICT.match(field.type):
        _expect(isinstance(value, dict), where, "an object")
        for key, item in value.items():
            check(shapes, service, Field(found[2]), item, f"{where}.{key}")
    elif model := shapes.model(service, field.type):
        _expect(isinstance(value, dict), where, "an object")
        _check_model(shapes, service, model, value, where)
    else:
        _check_plain(field, value, where)


def _check_model(
    shapes: Shapes, service: str, model: Model, value: dict[str, Any], where: str
) -> None:
    if model.discriminator and model.discriminator not in value:
        raise errors.missing(f"{where}.{model.discriminator} is required.")
    narrow = shapes.subtype(service, model, value)
    for name in value:
        if name not in narrow.fields:
            raise errors.invalid(f"Unknown field {where}.{name} for {narrow.name}.")
    for name, field in narrow.fields.items():
        if field.required and value.get(name) is None:
            raise errors.missing(f"{where}.{name} is required.")
        if name in value:
            check(shapes, service, field, value[name], f"{where}.{name}")


def _check_plain(field: Field, value: Any, where: str) -> None:
    if field.type == "datetime":
        try:
            clock.moment(value)
        except (TypeError, ValueError) as error:
            raise errors.invalid(f"{where} must be an RFC 3339 time.") from error
    elif field.type in _PLAIN:
        right = isinstance(value, _PLAIN[field.type]) and (
            field.type == "bool" or not isinstance(value, bool)
        )
        _expect(right, where, f"a {field.type}")
    if field.enum and value not in field.enum:
        raise errors.invalid(f"{where} must be one of {', '.join(field.enum)}.")


def _parameter(item: Parameter, values: list[str]) -> str:
    for value in values:
        if item.enum and value not in item.enum and not set(value.split(",")) <= set(item.enum):
            raise errors.invalid(
                f"The query parameter {item.name} must be one of {', '.join(item.enum)}."
            )
    return ",".join(values)


def _expect(right: bool, where: str, what: str) -> None:
    if not right:
        raise errors.unreadable(f"{where} must be {what}.")
