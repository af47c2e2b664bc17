"""The table of routes, its matching, its description as OpenAPI."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug import Response
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from sandbox.conceptlens import chats, courses, exams, results
from sandbox.conceptlens.desk import Call, Desk
from sandbox.conceptlens.wire import Refusal, Request, json_reply

EXAM = "/api/v1/exams/{exam_id}"
CHAT = "/chat/sessions/{session_id}"
UNDESCRIBED = ("/docs", "/redoc", "/openapi.json")  # not in the description of the API


@dataclass(frozen=True)
class Route:
    """One operation; `guarded` asks for the instructor's credentials in production."""

    method: str
    path: str
    handler: Callable[[Desk, Call], Response]
    guarded: bool = True

    def rule(self) -> Rule:
        """Return it as Werkzeug's rule, which says HEAD only when it is told to."""
        rule = Rule(
            self.path.replace("{", "<").replace("}", ">"), methods=[self.method], endpoint=self
        )
        rule.methods = {self.method}
        return rule


def openapi(desk: Desk, call: Call) -> Response:
    paths: dict[str, Any] = {}
    for route in ROUTES:
        if route.path in UNDESCRIBED:
            continue
        operation = {
            "summary": route.handler.__name__.replace("_", " "),
            "responses": {"200": {"description": "OK"}},
        }
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return json_reply(
        {
            "openapi": "3.1.0",
            "info": {"title": "ConceptLens API", "version": "1.0.0"},
            "paths": paths,
        }
    )


def find(request: Request) -> tuple[Route, Mapping[str, str]]:
    """Return the route of a request with the values in its path."""
    try:
        route, path = MAP.bind_to_environ(request.environ).match()
        if request.path.endswith("/") and request.path != "/":
            # as Starlette does
            raise Refusal(307, None, {"Location": request.base_url.rstrip("/")})
    except MethodNotAllowed as error:
        allowed = ", ".join(sorted(error.valid_methods or ()))
        raise Refusal(405, "Method Not Allowed", {"Allow": allowed}) from error
    except NotFound as error:
        raise Refusal(404, "Not Found") from error
    return route, path


ROUTES = (
    Route("GET", "/", courses.root, guarded=False),
    Route("GET", "/health", courses.health, guarded=False),
    Route("GET", "/docs", courses.docs, guarded=False),
    Route("GET", "/redoc", courses.docs, guarded=False),
    Route("GET", "/openapi.json", openapi, guarded=False),
    Route("POST", "/api/v1/courses", courses.create_course),
    Route("GET", "/api/v1/courses", courses.list_courses),
    Route("GET", "/api/v1/courses/{course_id}", courses.get_course),
    Route("POST", "/api/v1/courses/{course_id}/exams", courses.create_exam),
    Route("GET", "/api/v1/courses/{course_id}/exams", courses.list_exams),
    Route("GET", EXAM, courses.get_exam),
    Route("POST", f"{EXAM}/scores", exams.upload_scores),
    Route("POST", f"{EXAM}/mapping", exams.upload_mapping),
    Route("GET", f"{EXAM}/graph", exams.get_graph),
    Route("POST", f"{EXAM}/graph", exams.put_graph),
    Route("PATCH", f"{EXAM}/graph", exams.patch_graph),
    Route("POST", f"{EXAM}/graph/expand", chats.ask_ai),
    Route("GET", f"{EXAM}/parameters", exams.get_parameters),
    Route("PUT", f"{EXAM}/parameters", exams.put_parameters),
    Route("POST", f"{EXAM}/compute", exams.start_compute),
    Route("GET", f"{EXAM}/compute/runs", exams.list_runs),
    Route("GET", f"{EXAM}/dashboard", results.dashboard),
    Route("GET", f"{EXAM}/dashboard/trace/{{concept_id}}", results.trace),
    Route("GET", f"{EXAM}/interventions", results.interventions),
    Route("GET", f"{EXAM}/clusters", results.clusters),
    Route("GET", f"{EXAM}/students", results.students),
    Route("GET", f"{EXAM}/students/{{student_id}}/report", results.student_report),
    Route("GET", f"{EXAM}/reports/tokens", results.report_tokens),
    Route("GET", "/api/v1/reports/{token}", results.public_report, guarded=False),
    Route("POST", f"{EXAM}/export", results.create_export),
    Route("GET", f"{EXAM}/export", results.list_exports),
    Route("GET", f"{EXAM}/export/{{export_id}}/download", results.download_export),
    Route("POST", f"{EXAM}/ai/suggest-tags", chats.ask_ai),
    Route("POST", f"{EXAM}/ai/suggest-edges", chats.ask_ai),
    Route("POST", f"{EXAM}/ai/draft-interventions", chats.ask_ai),
    Route("GET", f"{EXAM}/ai/suggestions", chats.list_suggestions),
    Route("POST", f"{EXAM}/ai/suggestions/bulk-review", chats.act_on_suggestion),
    Route("POST", f"{EXAM}/ai/suggestions/apply", chats.act_on_suggestion),
    Route("POST", f"{EXAM}/ai/suggestions/{{suggestion_id}}/review", chats.act_on_suggestion),
    Route(
        "GET", "/chat/sessions", chats.list_chats, guarded=False
    ),  # open even in production, as upstream
    Route("POST", "/chat/sessions", chats.create_chat, guarded=False),
    Route("GET", CHAT, chats.get_chat, guarded=False),
    Route("DELETE", CHAT, chats.delete_chat, guarded=False),
    Route("GET", f"{CHAT}/messages", chats.list_messages, guarded=False),
    Route("POST", f"{CHAT}/messages", chats.send_message, guarded=False),
    Route("POST", "/chat/quick", chats.quick_chat, guarded=False),
)
MAP = Map([route.rule() for route in ROUTES], strict_slashes=False, merge_slashes=False)
