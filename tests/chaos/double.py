"""A small cloud over HTTP: things with ids, a table of retry tokens, and a witness that each
change was announced.
"""

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

from portal.cloud.client import Answer
from portal.cloud.errors import NoAnswer, Unavailable
from tests.patience import patient

ANNOUNCED = """
SELECT (SELECT count(*) FROM jobs_call WHERE token = %(token)s AND outcome = '')
     , (SELECT count(*) FROM audit_event e
         JOIN jobs_steprow s ON s.job_id::text = e.job JOIN jobs_call c ON c.step_id = s.id
        WHERE c.token = %(token)s AND e.verb = 'oci.call' AND e.outcome = 'admitted'
         AND position(c.label IN e.body) > 0)
"""


class Cloud:
    """Keeps things; the same token makes the same thing once, no token makes another one each
    time.
    """

    def __init__(self, dsn: str = "") -> None:
        self.things: list[dict] = []
        self.tokens: dict[str, dict] = {}
        self.unannounced: list[str] = []
        self.requests: list[str] = []
        self.seconds = 0.0
        self.faults: list[str] = []  # one is used up by each request: "lost", "error"
        self._dsn = dsn
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def names(self) -> list[str]:
        return sorted(thing["name"] for thing in self.things)

    def make(self, name: str, token: str, announced: str) -> dict:
        with self._lock:
            self.requests.append(name)
            self._witness(announced, name)
            if token and token in self.tokens:
                return self.tokens[token]
            thing = {"id": f"ocid1.thing.{len(self.things)}", "name": name}
            self.things.append(thing)
            if token:
                self.tokens[token] = thing
            return thing

    def drop(self, name: str) -> None:
        with self._lock:
            self.things = [thing for thing in self.things if thing["name"] != name]

    def _witness(self, token: str, name: str) -> None:
        """Note a request that came before its intent and its audit row were committed."""
        if not self._dsn:
            return
        with psycopg.connect(self._dsn) as server:
            intents, rows = server.execute(ANNOUNCED, {"token": token}).fetchone()
        if not (intents and rows):
            self.unannounced.append(name)

    def _handler(self):
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                threading.Event().wait(cloud.seconds)
                fault = cloud.faults.pop(0) if cloud.faults else ""
                thing = (
                    {}
                    if fault == "error"
                    else cloud.make(body["name"], body.get("token", ""), body["announced"])
                )
                if fault == "lost":
                    self.close_connection = True
                    return
                self._answer(500 if fault == "error" else 200, thing)

            def do_GET(self):
                name = self.path.strip("/")
                self._answer(
                    200, next((thing for thing in cloud.things if thing["name"] == name), None)
                )

            def do_DELETE(self):
                cloud.drop(self.path.strip("/"))
                self._answer(200, {})

            def _answer(self, status, body):
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        return Handler


class SmallCloudClient:
    """The client to the small cloud, with the same methods as the real one."""

    def __init__(self, url: str) -> None:
        self.url = url

    def takes_token(self, service: str, operation: str) -> bool:
        return operation == "create_thing"

    def change(self, service: str, operation: str, name: str, *, retry_token: str = "") -> Answer:
        if operation == "delete_thing":
            return self._ask("DELETE", f"/{name}", None)
        token = retry_token if self.takes_token(service, operation) else ""
        return self._ask("POST", "/", {"name": name, "token": token, "announced": retry_token})

    def read(self, service: str, operation: str, name: str) -> Answer:
        return self._ask("GET", f"/{name}", None)

    def _ask(self, method: str, path: str, body: dict | None) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, method=method, data=content)
        try:
            with urllib.request.urlopen(request, timeout=patient(20)) as answer:
                return Answer(
                    json.loads(answer.read()), f"request-{path}", "", "", answer.status, {}
                )
        except urllib.error.HTTPError as error:
            error.close()
            raise Unavailable("OCI failed", request_id="request-500") from error
        except OSError as error:
            raise NoAnswer("no answer came") from error
