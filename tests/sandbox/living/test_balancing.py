"""The data plane by itself: framing, keep-alive, retries, who is asked."""

import socket
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from sandbox.oci.living.backends import SetConfig
from sandbox.oci.living.balancer import Balancer, ListenerConfig
from sandbox.oci.living.loop import Loop
from sandbox.oci.living.probe import Probe
from sandbox.oci.living.rotation import Backend, Rotation
from tests.patience import patient, until
from tests.ports import free_port


class Upstream:
    """A backend that answers by script: a function from the raw request to the raw answer."""

    def __init__(self, answer):
        self.answer, self.requests, self.listener = (
            answer,
            [],
            socket.create_server(("127.0.0.1", 0)),
        )
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection:
            while head := read_until(connection, b"\r\n\r\n"):
                if head.startswith(b"GET /health"):
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    continue
                self.requests.append(head)
                answer = self.answer(head, connection)
                if answer is None:
                    return
                connection.sendall(answer)


def read_until(connection, mark):
    found = b""
    while mark not in found:
        try:
            piece = connection.recv(1)
        except OSError:
            return b""
        if not piece:
            return b""
        found += piece
    return found


def plain(text, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


class Plane:
    """A balancer with one listener."""

    def __init__(self):
        self.loop, self.port = Loop(), free_port()
        self.balancer = Balancer(lambda ip, port: (ip, port))
        self.upstreams = []

    def serve(self, *answers, **flags):
        self.upstreams = [Upstream(answer) for answer in answers]
        self.backends = [
            Backend("127.0.0.1", upstream.port, **flags) for upstream in self.upstreams
        ]
        self.configure(*self.backends)
        until(
            lambda: all(
                health.status == "OK" for health in self.balancer.sets["api"].health.values()
            )
        )

    def configure(self, *backends):
        config = SetConfig(backends=backends, probe=Probe(path="/health"), interval=0.05)
        return self.loop.run(
            self.balancer.configure({"api": config}, {"web": ListenerConfig(self.port, "api")})
        )

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=patient(10))

    def ask(self, raw):
        with self.connect() as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer

    def close(self):
        self.loop.run(self.balancer.close())
        self.loop.stop()
        for upstream in self.upstreams:
            upstream.listener.close()


@pytest.fixture
def plane():
    plane = Plane()
    yield plane
    plane.close()


GET = (
    b"GET /a?b=c HTTP/1.1\r\nHost: api.example\r\nX-Forwarded-For: 1.2.3.4\r\nConnection:"
    b" close\r\n\r\n"
)


def test_it_tells_the_backend_who_asked(plane):
    plane.serve(lambda head, _: plain("yes"))
    assert plane.ask(GET).endswith(b"\r\n\r\nyes")
    head = plane.upstreams[0].requests[0].decode()
    assert head.startswith("GET /a?b=c HTTP/1.1\r\nHost: api.example\r\n")
    assert "X-Forwarded-For: 1.2.3.4, 127.0.0.1\r\n" in head
    assert "X-Real-IP: 127.0.0.1\r\n" in head
    assert "Connection" not in head


def test_it_passes_bodies_both_ways_in_either_framing(plane):
    def echo(head, connection):
        if b"chunked" in head:
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + read_until(
                connection, b"0\r\n\r\n"
            )
        return plain(connection.recv(5, socket.MSG_WAITALL).decode())

    plane.serve(echo)
    sized = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    assert plane.ask(sized).endswith(b"hello")
    chunked = (
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection:"
        b" close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    assert plane.ask(chunked).endswith(b"3\r\nabc\r\n0\r\n\r\n")


def test_an_answer_arrives_while_it_is_made(plane):
    release = threading.Event()

    def slowly(head, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none")
        release.wait(patient(10))
        return b"two"

    plane.serve(slowly)
    with plane.connect() as connection:
        connection.sendall(GET)
        assert read_until(connection, b"one")
        release.set()
        assert read_until(connection, b"two")


def test_a_connection_serves_many_requests(plane):
    plane.serve(lambda head, _: plain("yes"))
    with plane.connect() as connection:
        for _ in range(3):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert read_until(connection, b"yes")


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_ambiguous_requests_are_refused_and_reach_nobody(plane, raw):
    plane.serve(lambda head, _: plain("yes"))
    assert plane.ask(raw).startswith(b"HTTP/1.1 400 ")
    assert plane.upstreams[0].requests == []


def test_a_request_under_way_survives_drain_and_removal(plane):
    began, release = threading.Event(), threading.Event()

    def slowly(head, _):
        began.set()
        release.wait(patient(10))
        return plain("late but whole")

    plane.serve(slowly)
    with plane.connect() as connection:
        connection.sendall(GET)
        began.wait(patient(10))
        plane.configure(replace(plane.backends[0], drain=True))
        plane.configure()
        release.set()
        assert read_until(connection, b"late but whole")


def test_a_backend_that_cannot_be_reached_is_skipped(plane):
    plane.serve(lambda head, _: plain("one"), lambda head, _: plain("two"))
    plane.balancer.sets["api"].config = replace(plane.balancer.sets["api"].config, interval=60)
    plane.upstreams[0].listener.shutdown(socket.SHUT_RDWR)
    plane.upstreams[0].listener.close()
    assert {plane.ask(GET)[-3:] for _ in range(6)} == {b"two"}


def test_a_lost_answer_is_asked_for_again_only_when_that_is_harmless(plane):
    seen = Counter()

    def dies_first(head, _):
        seen[head[:4]] += 1
        return None if seen[head[:4]] == 1 else plain("yes")

    plane.serve(dies_first, dies_first)
    assert plane.ask(GET).startswith(b"HTTP/1.1 200 ")
    assert plane.ask(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").startswith(
        b"HTTP/1.1 502 "
    )
    assert seen == {b"GET ": 2, b"POST": 1}


def test_without_a_healthy_backend_it_answers_502_and_counts_it(plane):
    plane.configure(Backend("127.0.0.1", free_port()))
    assert plane.ask(GET).startswith(b"HTTP/1.1 502 ")
    (tally,) = plane.balancer.counters.take().values()
    assert (tally.requests, tally.classes["5xx"], tally.codes["502"]) == (1, 1, 1)


def test_a_busy_port_is_told(plane):
    with socket.create_server(("127.0.0.1", plane.port)):
        assert "cannot be opened" in plane.configure()["web"]
    assert plane.configure() == {}


def test_weights_share_the_turns():
    rotation, heavy, light = Rotation(), Backend("a", 1, weight=3), Backend("b", 1)
    turns = [rotation.choose([heavy, light], {"a:1", "b:1"}).ip for _ in range(8)]
    assert "".join(turns) == "aabaaaba"


def test_a_backup_serves_only_alone():
    rotation, main, spare = Rotation(), Backend("a", 1), Backend("b", 1, backup=True)
    assert rotation.choose([main, spare], {"a:1", "b:1"}) == main
    assert rotation.choose([replace(main, offline=True), spare], {"a:1", "b:1"}) == spare
    assert rotation.choose([main, spare], set()) is None


def test_it_stands_several_hundred_requests_a_second(plane):
    plane.serve(lambda head, _: plain("yes"))
    count, started = 300, time.monotonic()
    with plane.connect() as connection:
        for _ in range(count):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            read_until(connection, b"yes")
    assert time.monotonic() - started < patient(
        count / 400
    )  # about 1,500 a second on an idle machine
