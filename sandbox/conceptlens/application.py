"""From a request to its reply: request id, CORS, credentials, behaviour, route."""

import sys
import time
import traceback
import uuid
from dataclasses import dataclass, replace

from sandbox.conceptlens.behaviour import Behaviour
from sandbox.conceptlens.desk import Call, Desk
from sandbox.conceptlens.routes import Route, find
from sandbox.conceptlens.wire import Refusal, Reply, Request, same


@dataclass(frozen=True)
class Application:
    """The whole stub but for its sockets."""

    desk: Desk
    behaviour: Behaviour

    def answer(self, request: Request) -> Reply:
        started = time.monotonic()
        reply = self._preflight(request) or self._guarded(request)
        marks = {
            "X-Request-ID": request.headers.get("x-request-id") or str(uuid.uuid4()),
            "X-Duration-Ms": f"{(time.monotonic() - started) * 1000:.2f}",
        }
        return replace(reply, headers={**reply.headers, **self._cors(request), **marks})

    def _guarded(self, request: Request) -> Reply:
        try:
            mode = self.behaviour.before(request.path)
            route, path = find(request)
            if mode == "errors" and request.path.startswith("/api/"):
                raise RuntimeError("broken on purpose: behaviour 'errors'")
            self._authorize(route, request)
            if mode == "unhealthy" and request.path == "/health":
                return Reply.of({"status": "degraded", "service": "conceptlens-api", "database": "disconnected"})
            return route.handler(self.desk, Call(request, path))
        except Refusal as refusal:
            return refusal.reply
        except Exception:
            # an application error is an answer like any other here, and its traceback is the container's log
            traceback.print_exc(file=sys.stderr)
            return Reply(500, b"Internal Server Error", "text/plain; charset=utf-8")

    def _authorize(self, route: Route, request: Request) -> None:
        settings = self.desk.settings
        if route.guarded and settings.production and not same(request.credentials(), settings.instructor):
            raise Refusal(401, "Invalid credentials", {"WWW-Authenticate": "Basic"})

    def _preflight(self, request: Request) -> Reply | None:
        if request.method != "OPTIONS" or "access-control-request-method" not in request.headers:
            return None
        allowed = self._allows(request.headers.get("origin", ""))
        words = b"OK" if allowed else b"Disallowed CORS origin"
        methods = {"Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"}
        return Reply(200 if allowed else 400, words, "text/plain; charset=utf-8", methods)

    def _cors(self, request: Request) -> dict[str, str]:
        origin = request.headers.get("origin", "")
        if not origin or not self._allows(origin):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}

    def _allows(self, origin: str) -> bool:
        origins = self.desk.settings.origins
        return "*" in origins or origin in origins
