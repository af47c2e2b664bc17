"""Receivers of webhooks for tests: real servers that keep what they get."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """A server at `address`; `status` is what it answers, `hang` makes it answer nothing."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.hang = 200, False
        self.release = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                if receiver.hang:
                    receiver.release.wait(20)
                    return
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.address = f"http://{self.host}/hooks/secret-part?token=also-secret"

    @property
    def paths(self) -> list[str]:
        """Return the paths that were posted to."""
        return [path for path, _, _ in self.got]


@contextmanager
def receiver():
    """Run a receiver."""
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.release.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join()
