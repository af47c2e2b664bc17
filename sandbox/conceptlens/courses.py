"""Courses and exams, the open routes around them."""

from sandbox.conceptlens.desk import Call, Desk, Json, course_of, exam_of, new_id
from sandbox.conceptlens.store import utc_now
from sandbox.conceptlens.wire import Refusal, Reply


def root(desk: Desk, call: Call) -> Reply:
    return Reply.of({"service": "conceptlens-api", "status": "running", "docs": "/docs", "health": "/health"})


def health(desk: Desk, call: Call) -> Reply:
    """Answer 200 whatever the database says: the first trap."""
    desk.store.ping()
    openai = "configured" if desk.settings.openai else "not_configured"
    return Reply.of({"status": "healthy", "service": "conceptlens-api", "database": "connected", "openai": openai})


def docs(desk: Desk, call: Call) -> Reply:
    page = b"<!doctype html><title>ConceptLens API</title><p>The description is at <a href='/openapi.json'>/openapi.json</a>."
    return Reply(200, page, "text/html; charset=utf-8")


def create_course(desk: Desk, call: Call) -> Reply:
    course = {"id": new_id(), "name": _name(call), "created_at": utc_now()}
    return Reply.of(desk.store.put("course", course["id"], "", course), 201)


def list_courses(desk: Desk, call: Call) -> Reply:
    return Reply.of(desk.store.below("course"))


def get_course(desk: Desk, call: Call) -> Reply:
    return Reply.of(course_of(desk, call))


def create_exam(desk: Desk, call: Call) -> Reply:
    course = course_of(desk, call)
    exam: Json = {"id": new_id(), "course_id": course["id"], "name": _name(call), "created_at": utc_now()}
    return Reply.of(desk.store.put("exam", exam["id"], course["id"], exam), 201)


def list_exams(desk: Desk, call: Call) -> Reply:
    return Reply.of(desk.store.below("exam", course_of(desk, call)["id"]))


def get_exam(desk: Desk, call: Call) -> Reply:
    return Reply.of(exam_of(desk, call))


def list_chats(desk: Desk, call: Call) -> Reply:
    return Reply.of({"sessions": desk.store.below("chat")})


def create_chat(desk: Desk, call: Call) -> Reply:
    chat = {"id": new_id(), "title": "New chat", "created_at": utc_now()}
    return Reply.of(desk.store.put("chat", chat["id"], "", chat), 201)


def quick_chat(desk: Desk, call: Call) -> Reply:
    raise Refusal(500, "Internal Server Error")  # what upstream answers without a usable OpenAI key


def ask_ai(desk: Desk, call: Call) -> Reply:
    exam_of(desk, call)
    raise Refusal(502, "AI service error: OpenAI cannot be reached from the sandbox")


def _name(call: Call) -> str:
    name = call.request.json().get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 255:
        raise Refusal.invalid("name", "String should have 1 to 255 characters")
    return name
