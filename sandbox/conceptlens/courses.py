"""Courses and exams, the open routes around them."""

import sys
import traceback

from werkzeug import Response

from sandbox.conceptlens.desk import Call, Desk, Json, course_of, exam_of, new_id
from sandbox.conceptlens.store import utc_now
from sandbox.conceptlens.wire import Refusal, json_reply


def root(desk: Desk, call: Call) -> Response:
    return json_reply(
        {"service": "conceptlens-api", "status": "running", "docs": "/docs", "health": "/health"}
    )


def health(desk: Desk, call: Call) -> Response:
    """Answer 200 whatever the database says: the first trap."""
    try:
        desk.store.ping()
    except Exception:  # whatever the driver raises
        traceback.print_exc(file=sys.stderr)
        connected = False
    else:
        connected = True
    openai = "configured" if desk.settings.openai else "not_configured"
    return json_reply(
        {
            "status": "healthy" if connected else "degraded",
            "service": "conceptlens-api",
            "database": "connected" if connected else "disconnected",
            "openai": openai,
        }
    )


def docs(desk: Desk, call: Call) -> Response:
    page = (
        b"<!doctype html><title>ConceptLens API</title><p>The description is at <a"
        b" href='/openapi.json'>/openapi.json</a>."
    )
    return Response(page, mimetype="text/html")


def create_course(desk: Desk, call: Call) -> Response:
    course = {"id": new_id(), "name": _name(call), "created_at": utc_now()}
    return json_reply(desk.store.put("course", course["id"], "", course), 201)


def list_courses(desk: Desk, call: Call) -> Response:
    return json_reply(desk.store.below("course"))


def get_course(desk: Desk, call: Call) -> Response:
    return json_reply(course_of(desk, call))


def create_exam(desk: Desk, call: Call) -> Response:
    course = course_of(desk, call)
    exam: Json = {
        "id": new_id(),
        "course_id": course["id"],
        "name": _name(call),
        "created_at": utc_now(),
    }
    return json_reply(desk.store.put("exam", exam["id"], course["id"], exam), 201)


def list_exams(desk: Desk, call: Call) -> Response:
    return json_reply(desk.store.below("exam", course_of(desk, call)["id"]))


def get_exam(desk: Desk, call: Call) -> Response:
    return json_reply(exam_of(desk, call))


def _wrong_name(call: Call, name: object) -> tuple[object, str, str, Json]:
    """Return input, type, words and context of FastAPI's answer to a name that it refuses."""
    if not isinstance(name, str):
        if "name" not in call.request.json_object():
            return call.request.json_object(), "missing", "Field required", {}
        return name, "string_type", "Input should be a valid string", {}
    if not name:
        words = "String should have at least 1 character"
        return name, "string_too_short", words, {"min_length": 1}
    words = "String should have at most 255 characters"
    return name, "string_too_long", words, {"max_length": 255}


def _name(call: Call) -> str:
    name = call.request.json_object().get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 255:
        raise Refusal.invalid("body", "name", *_wrong_name(call, name))
    return name
