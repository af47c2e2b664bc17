"""The client gives up on a server that is dead, hangs, drips, or answers without end."""

import socket
import threading
import time

import pytest

from portal.lib.http import Client, NoReply
from tests.patience import patient

QUIET = patient(5)  # seconds that an answer takes at most


@pytest.fixture
def serve():
    """Start a server that reads one request and then does what the test says with the
    connection.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def start(act):
        def answer():
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65_536))
                act(connection, stop)

        asked = []
        threading.Thread(target=answer, daemon=True).start()
        return Client(f"http://127.0.0.1:{listener.getsockname()[1]}/base/"), asked

    yield start
    stop.set()
    listener.close()


def send(client, timeout=QUIET):
    return client.send("GET", "/health", headers={}, body=None, timeout=timeout)


def test_an_answer_comes_back_with_status_json_and_time(serve):
    text = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        b'13\r\n\r\n{"a":"b","c"'
    )
    client, asked = serve(lambda connection, stop: connection.sendall(text + b"}"))
    reply = send(client)
    assert (
        reply.status == 200 and reply.data == {} and reply.ms < patient(400)
    )  # broken JSON reads as nothing, not as a crash
    assert asked[0].startswith(b"GET /base/health HTTP/1.1")


def test_a_redirect_is_an_answer_not_an_order(serve):
    client, _ = serve(
        lambda connection, stop: connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n"
        )
    )
    assert send(client).status == 302


def test_a_hanging_server_is_given_up_in_time(serve):
    client, _ = serve(lambda connection, stop: stop.wait())
    began = time.monotonic()
    with pytest.raises(NoReply, match=r"no answer within 0\.4 s"):
        send(client, timeout=0.4)
    assert time.monotonic() - began < patient(2)


def test_a_dripping_server_is_given_up_in_time(serve):
    def drip(connection, stop):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while not stop.wait(0.05):
            connection.sendall(b"x")

    client, _ = serve(drip)
    with pytest.raises(NoReply):
        send(client, timeout=0.4)


def test_headers_that_drip_are_given_up_in_time(serve):
    def drip(connection, stop):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not stop.wait(0.05):
            connection.sendall(b"x")

    client, _ = serve(lambda connection, stop: _quietly(drip, connection, stop))
    began = time.monotonic()
    with pytest.raises(NoReply, match=r"no answer within 0\.4 s"):
        send(client, timeout=0.4)
    assert time.monotonic() - began < patient(2)


def test_an_endless_answer_is_cut(serve):
    def flood(connection, stop):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not stop.is_set():
            connection.sendall(b"x" * 65_536)

    client, _ = serve(lambda connection, stop: _quietly(flood, connection, stop))
    with pytest.raises(NoReply, match="larger than 2 MB"):
        send(client, timeout=patient(5))


def test_a_dead_server_is_told_in_words():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoReply, match="no answer: ConnectionRefusedError"):
        send(Client(f"http://127.0.0.1:{port}"))


def test_garbage_is_told_in_words(serve):
    client, _ = serve(lambda connection, stop: connection.sendall(b"not http at all\r\n\r\n"))
    with pytest.raises(NoReply, match="BadStatusLine"):
        send(client)


def _quietly(act, connection, stop):
    try:
        act(connection, stop)
    except OSError:
        return
