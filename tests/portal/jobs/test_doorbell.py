"""The doorbell when the broker is down."""

import threading
import time

from portal.jobs.doorbell import MOST_WAITING, PAUSE_SECONDS, Doorbell
from tests.patience import patient, until


class Broker:
    """A broker that is down at first."""

    def __init__(self):
        self.down = True
        self.heard = []
        self.now = 0.0

    def send(self, job_id):
        self.heard.append(job_id)
        if self.down:
            raise ConnectionError("no broker")


def test_a_broken_broker_never_reaches_who_orders():
    broker = Broker()
    assert Doorbell(broker.send, clock=lambda: broker.now).ring_now("a") is False


def test_after_a_failure_the_bell_pauses_so_that_no_caller_waits_twice():
    broker = Broker()
    bell = Doorbell(broker.send, clock=lambda: broker.now)
    bell.ring_now("a")
    assert bell.ring_now("b") is False
    broker.down, broker.now = False, PAUSE_SECONDS
    assert bell.ring_now("c") is True
    assert broker.heard == ["a", "c"]


def test_a_deaf_broker_delays_no_caller():
    hears, answered = threading.Event(), []

    def deaf(job_id):
        hears.wait(patient(30))
        answered.append(job_id)

    bell = Doorbell(deaf)
    began = time.monotonic()
    for number in range(3 * MOST_WAITING):
        bell.ring(str(number))
    assert time.monotonic() - began < patient(0.5)
    hears.set()
    until(lambda: len(answered) >= MOST_WAITING)
    assert answered[0] == "0"
