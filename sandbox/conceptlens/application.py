"""From a request to its reply: request id, CORS, credentials, behaviour, route."""

import sys
import time
import traceback
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug import Response
from werkzeug.exceptions import HTTPException

from sandbox.conceptlens.behaviour import Behaviour
from sandbox.conceptlens.desk import Call, Desk
from sandbox.conceptlens.routes import Route, find
from sandbox.conceptlens.wire import Refusal, Request, json_reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True)
class Application:
    """The whole stub as a WSGI application."""

    desk: Desk
    behaviour: Behaviour

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        preflight = self._preflight(request)
        if preflight:
            return preflight
        started = time.monotonic()
        try:
            reply = self._guarded(request)
        except Exception:
            # An application error is an answer like any other here, and its traceback is the
            # container's log. Upstream it passes the middleware by: no id, no CORS.
            traceback.print_exc(file=sys.stderr)
            return Response("Internal Server Error", 500, mimetype="text/plain")
        marks = {
            "X-Request-ID": request.headers.get("x-request-id") or str(uuid.uuid4()),
            "X-Duration-Ms": f"{(time.monotonic() - started) * 1000:.2f}",
        }
        reply.headers.update({**self._cors(request), **marks})
        return reply

    def _guarded(self, request: Request) -> Response:
        try:
            mode = self.behaviour.before(request.path)
            route, path = find(request)
            if mode == "errors" and request.path.startswith("/api/"):
                raise RuntimeError("broken on purpose: behaviour 'errors'")
            self._authorize(route, request)
            if mode == "unhealthy" and request.path == "/health":
                return json_reply(
                    {"status": "degraded", "service": "conceptlens-api", "database": "disconnected"}
                )
            return route.handler(self.desk, Call(request, path))
        except Refusal as refusal:
            return refusal.reply
        except HTTPException as error:  # a body that is too long, or no HTTP
            return error.get_response(request.environ)

    def _authorize(self, route: Route, request: Request) -> None:
        settings = self.desk.settings
        if route.guarded and settings.production and not request.signed_in_as(*settings.instructor):
            raise Refusal(401, "Invalid credentials", {"WWW-Authenticate": "Basic"})

    def _preflight(self, request: Request) -> Response | None:
        if request.method != "OPTIONS" or "access-control-request-method" not in request.headers:
            return None
        origin, asked = request.headers.get("origin", ""), "access-control-request-headers"
        allowed = self._allows(origin)
        headers = {
            "Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Max-Age": "600",
            "Vary": "Origin",
        }
        if asked in request.headers:
            headers["Access-Control-Allow-Headers"] = request.headers[asked]
        if allowed:
            headers["Access-Control-Allow-Origin"] = origin
        words = "OK" if allowed else "Disallowed CORS origin"
        return Response(words, 200 if allowed else 400, headers, mimetype="text/plain")

    def _cors(self, request: Request) -> dict[str, str]:
        origin = request.headers.get("origin", "")
        if not origin or not self._allows(origin):
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }

    def _allows(self, origin: str) -> bool:
        origins = self.desk.settings.origins
        return "*" in origins or origin in origins
