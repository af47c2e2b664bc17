"""The doorbell, when nobody hears it."""

from portal.jobs.doorbell import REST_SECONDS, Doorbell


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


def test_after_a_failure_the_bell_rests_so_that_nobody_waits_for_it_twice():
    broker = Broker()
    bell = Doorbell(broker.send, clock=lambda: broker.now)
    bell.ring("a")
    assert bell.ring("b") is False
    broker.down, broker.now = False, REST_SECONDS
    assert bell.ring("c") is True
    assert broker.heard == ["a", "c"]
