"""A server that answers what a test tells it to, spoken to by the real SDK."""

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.cloud import sdk_clients


@dataclass
class Reply:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False


class Scripted(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.seen.append(
            (self.command, self.path, json.loads(body) if body else None, dict(self.headers))
        )
        reply = self.server.reply(self.path)
        if reply.hang_up:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        data = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in {
            "content-type": "application/json",
            "opc-request-id": "REQ",
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Scripted)
        self.seen = []
        self.replies = []
        self.by_path = {}
        self.default = Reply({})

    def reply(self, path):
        for part, reply in self.by_path.items():
            if part in path:
                return reply
        return self.replies.pop(0) if self.replies else self.default

    def handle_error(self, request, client_address):
        pass


@pytest.fixture(scope="session")
def pem():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def cloud(settings, pem):
    """The scripted server, with settings.OCI pointing at it."""
    server = Server()
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    ).start()
    settings.OCI = {
        "auth": "api_key",
        "tenancy": "ocid1.tenancy.oc1..t",
        "user": "ocid1.user.oc1..u",
        "fingerprint": ":".join(["aa"] * 16),
        "key": pem,
        "region": "us-ashburn-1",
        "endpoint": f"http://127.0.0.1:{server.server_address[1]}",
    }
    yield server
    sdk_clients.reset()
    server.shutdown()
    server.server_close()
