"""Keeping to a service's rate: exact, each service by itself, a pause when it asks for one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.cloud import errors
from portal.cloud.client import client
from portal.cloud.rate_limit import RateLimiter
from tests.portal.cloud.conftest import Reply


class Clock:
    """A clock that goes when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@given(st.integers(1, 5), st.lists(st.floats(0, 0.6), max_size=40))
def test_never_more_calls_than_the_rate_in_any_stretch(calls, gaps):
    clock = Clock()
    limiter, moments = RateLimiter(calls, 1.0, clock=clock), []
    for gap in gaps:
        clock.now += gap
        moments.append(clock.now + limiter.reserve(60))
    assert moments == sorted(moments)
    assert all(
        later - first >= 1.0 - 1e-9 for first, later in zip(moments, moments[calls:], strict=False)
    )


def test_without_a_rate_nobody_waits():
    limiter = RateLimiter(0, 0.0, clock=Clock())
    assert [limiter.reserve(0) for _ in range(100)] == [0.0] * 100


def test_who_would_wait_too_long_is_told_when_to_come_again_and_takes_no_turn():
    clock = Clock()
    limiter = RateLimiter(1, 60.0, clock=clock)
    assert limiter.reserve(2) == 0
    for _ in range(3):
        with pytest.raises(errors.RateLimited) as caught:
            limiter.reserve(2)
        assert (caught.value.retry_after, caught.value.retryable, caught.value.outcome_unknown) == (
            60.0,
            True,
            False,
        )
    clock.now += 60
    assert limiter.reserve(2) == 0


def test_a_pause_grows_until_the_service_takes_calls_again():
    clock = Clock()
    limiter, waits = RateLimiter(0, 0.0, clock=clock), []
    for _ in range(4):
        limiter.throttled(0)
        waits.append(limiter.reserve(60))
        clock.now += waits[-1]
    limiter.succeeded()
    limiter.throttled(0)
    assert waits == [0.25, 0.5, 1.0, 2.0] and limiter.reserve(60) == 0.25
    limiter.throttled(7)
    assert limiter.reserve(60) == 7


def test_a_throttled_service_pauses_and_the_others_go_on(cloud):
    cloud.replies = [
        Reply({"code": "TooManyRequests", "message": "slow"}, 429, {"retry-after": "30"}),
        Reply({}),
        Reply({}),
    ]
    with pytest.raises(errors.Throttled):
        client().read("virtual_network", "get_vcn", "v")
    with pytest.raises(errors.RateLimited):
        client().read("virtual_network", "get_vcn", "v")
    began = time.perf_counter()
    client().read("load_balancer", "get_load_balancer", "b")
    assert time.perf_counter() - began < 1
    assert len(cloud.seen) == 2
