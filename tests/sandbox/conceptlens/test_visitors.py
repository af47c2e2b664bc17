"""Visitors come once there is something to visit, and then keep coming."""

import threading

import pytest

from sandbox.conceptlens import visitors


@pytest.fixture
def answers(monkeypatch):
    """What the product answers, one after the other; the last visit makes the visitors leave."""
    leave, given = threading.Event(), []

    def visit(address, path):
        status = given.pop(0)
        if not given:
            leave.set()
        return status

    waits = []
    monkeypatch.setattr(visitors, "visit", visit)
    monkeypatch.setattr(leave, "wait", lambda seconds: waits.append(seconds) or leave.is_set())
    return leave, given, waits


def test_nobody_hurries_to_a_product_that_was_never_live(answers):
    leave, given, waits = answers
    given += [0, 502, 503]
    visitors.stay("http://product", 2, leave)
    assert waits == [visitors.LOOK_SECONDS] * 3


def test_they_keep_coming_when_it_breaks_later(answers):
    leave, given, waits = answers
    given += [502, 200, 200, 500, 500]
    visitors.stay("http://product", 2, leave)
    assert waits == [visitors.LOOK_SECONDS, 0.5, 0.5, 0.5]
