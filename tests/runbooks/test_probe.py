"""The probe believes the body of /health, waits three seconds at most, and asks nobody but
the environment.
"""

import http.server
import threading
import time
from contextlib import suppress

import pytest

from environments.models import ManagedResource
from releases.health import judge
from runbooks.incidents import probe
from tests.patience import patient

HEALTHY = b'{"status": "healthy", "service": "conceptlens-api", "database": "connected"}'


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, HEALTHY, "healthy"),
        (200, b'{"status": "degraded", "database": "disconnected"}', "degraded"),
        (200, b'{"status": "healthy", "database": "disconnected"}', "degraded"),
        (200, b"<html>", "unhealthy"),
        (200, b"[]", "unhealthy"),
        (200, b"[" * 60_000, "unhealthy"),
        (200, b'{"status": "healthy"}', "unhealthy"),
        (302, b"", "unhealthy"),
        (500, HEALTHY, "unhealthy"),
    ],
)
def test_the_body_decides(status, body, state):
    assert judge(status, body).state == state


class Product(http.server.BaseHTTPRequestHandler):
    """Answers as its server is told to."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.behave(self)

    def log_message(self, *args):
        pass


@pytest.fixture
def product(dev):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Product)
    server.asked, server.daemon_threads = [], True
    server.behave = lambda request: answer(request, 200, HEALTHY)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    dev.settings = {"listener_port": server.server_address[1]}
    dev.save()
    yield server
    server.shutdown()
    server.server_close()


def answer(request, status, body, **headers):
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def test_a_healthy_product(dev, product):
    assert probe(dev).state == "healthy"
    assert product.asked == ["/health"]


def test_a_redirect_is_not_followed(dev, product):
    product.behave = lambda request: answer(request, 302, b"", Location="/elsewhere")
    assert probe(dev).state == "unhealthy"
    assert product.asked == ["/health"]


def test_a_product_that_hangs_or_trickles_is_unknown_within_seconds(dev, product, monkeypatch):
    monkeypatch.setattr("runbooks.incidents.SECONDS", 0.3)

    over = threading.Event()

    def trickle(request):
        answer(request, 200, b"")
        with suppress(OSError):
            while not over.wait(0.05):
                request.wfile.write(b" ")

    for behave in (lambda request: over.wait(patient(60)), trickle):
        product.behave = behave
        began = time.monotonic()
        assert probe(dev).state == "unknown"
        assert time.monotonic() - began < patient(5)
    over.set()


def test_a_product_that_is_not_there_is_unknown(dev):
    dev.settings = {"listener_port": 1}
    assert probe(dev).state == "unknown"
    ManagedResource.objects.filter(environment=dev, key="load_balancer").delete()
    assert probe(dev).message == "dev has no address yet."
