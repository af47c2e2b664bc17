"""What every handler is given: the settings, the store, the call."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.conceptlens.settings import Settings
from sandbox.conceptlens.store import Store
from sandbox.conceptlens.wire import Refusal, Request

Json = dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """The stub's own state."""

    settings: Settings
    store: Store


@dataclass(frozen=True)
class Call:
    """One request with what its path said."""

    request: Request
    path: Mapping[str, str]

    def id(self, name: str) -> str:
        """Return a UUID of the path."""
        try:
            return str(uuid.UUID(self.path[name]))
        except ValueError as error:
            given, why = self.path[name], {"error": str(error)}
            words = "Input should be a valid UUID"
            raise Refusal.invalid("path", name, given, "uuid_parsing", words, why) from error


def new_id() -> str:
    return str(uuid.uuid4())


def course_of(desk: Desk, call: Call) -> Json:
    course = desk.store.get("course", call.id("course_id"))
    if course is None:
        raise Refusal.missing("Course")
    return course


def exam_of(desk: Desk, call: Call) -> Json:
    exam = desk.store.get("exam", call.id("exam_id"))
    if exam is None:
        raise Refusal.missing("Exam")
    return exam


def number(body: Json, field: str, default: float, low: float, high: float) -> float:
    """Return a number of the body within its bounds."""
    value = body.get(field, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        words = "Input should be a valid number"
        raise Refusal.invalid("body", field, value, "float_type", words)
    if value < low:
        words = f"Input should be greater than or equal to {low:g}"
        raise Refusal.invalid("body", field, value, "greater_than_equal", words, {"ge": low})
    if value > high:
        words = f"Input should be less than or equal to {high:g}"
        raise Refusal.invalid("body", field, value, "less_than_equal", words, {"le": high})
    return value
