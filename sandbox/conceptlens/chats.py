"""Chats and suggestions: what the product keeps of its talk with OpenAI, which nobody reaches here.

The chats are open to everybody in production too, as upstream.
"""

from werkzeug import Response

from sandbox.conceptlens.desk import Call, Desk, Json, exam_of, new_id
from sandbox.conceptlens.store import utc_now
from sandbox.conceptlens.wire import Refusal, json_reply


def list_chats(desk: Desk, call: Call) -> Response:
    return json_reply(desk.store.below("chat"))


def create_chat(desk: Desk, call: Call) -> Response:
    asked, at = call.request.json_object(), utc_now()
    chat: Json = {
        "id": new_id(),
        "exam_id": asked.get("exam_id"),
        "title": asked.get("title"),
        "created_by": "instructor",
        "created_at": at,
        "updated_at": at,
    }
    return json_reply(desk.store.put("chat", chat["id"], "", chat))


def get_chat(desk: Desk, call: Call) -> Response:
    return json_reply(_chat(desk, call))


def delete_chat(desk: Desk, call: Call) -> Response:
    desk.store.drop("chat", _chat(desk, call)["id"])
    return json_reply({"status": "deleted"})


def list_messages(desk: Desk, call: Call) -> Response:
    """Answer no message: none gets an answer here, and upstream keeps none without one."""
    _chat(desk, call)
    return json_reply([])


def send_message(desk: Desk, call: Call) -> Response:
    _chat(desk, call)
    raise Refusal(500, "Internal Server Error")


def quick_chat(desk: Desk, call: Call) -> Response:
    raise Refusal(500, "Internal Server Error")  # what upstream answers without a usable OpenAI key


def list_suggestions(desk: Desk, call: Call) -> Response:
    exam_of(desk, call)
    counts = dict.fromkeys(("total", "pending", "accepted", "rejected", "applied"), 0)
    return json_reply({"suggestions": [], **counts})


def act_on_suggestion(desk: Desk, call: Call) -> Response:
    """Find none: without OpenAI there is no suggestion."""
    exam_of(desk, call)
    raise Refusal.missing("Suggestion")


def ask_ai(desk: Desk, call: Call) -> Response:
    exam_of(desk, call)
    raise Refusal(502, "AI service error: OpenAI cannot be reached from the sandbox")


def _chat(desk: Desk, call: Call) -> Json:
    chat = desk.store.get("chat", call.id("session_id"))
    if chat is None:
        raise Refusal.missing("Session")
    return chat
