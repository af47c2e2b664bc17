"""The doorbell when the broker is down."""

from portal.jobs.doorbell import PAUSE_SECONDS, Doorbell


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
    assert Doorbell(broker.send, clock=lambda: broker.now).ring("a") is False


def test_after_a_failure_the_bell_pauses_so_that_no_caller_waits_twice():
    broker = Broker()
    bell = Doorbell(broker.send, clock=lambda: broker.now)
    bell.ring("a")
    assert bell.ring("b") is False
    broker.down, broker.now = False, PAUSE_SECONDS
    assert bell.ring("c") is True
    assert broker.heard == ["a", "c"]
