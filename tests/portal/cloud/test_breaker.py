"""The breaker: a failing service rests, the others go on."""

import time

import pytest

from portal.cloud import errors, sdk_clients
from portal.cloud.client import client
from tests.portal.cloud.conftest import Reply

DOWN = Reply({"code": "ServiceUnavailable", "message": "down"}, 503)


def _break(cloud):
    cloud.by_path = {"/vcns/": DOWN}
    for _ in range(sdk_clients.BREAKER_FAILURES):
        with pytest.raises(errors.Unavailable):
            client().read("virtual_network", "get_vcn", "v")


def test_it_opens_after_ten_failures_and_calls_no_more(cloud):
    _break(cloud)
    with pytest.raises(errors.BreakerOpen) as caught:
        client().read("virtual_network", "get_vcn", "v")
    assert len(cloud.seen) == sdk_clients.BREAKER_FAILURES
    assert 0 < caught.value.retry_after <= sdk_clients.BREAKER_SECONDS
    assert caught.value.retryable and not caught.value.outcome_unknown


def test_other_services_are_not_stopped_by_it(cloud):
    _break(cloud)
    assert client().read("object_storage", "get_bucket", "ns", "b").status == 200


def test_it_closes_again_after_the_pause(cloud, monkeypatch):
    monkeypatch.setattr(sdk_clients, "BREAKER_SECONDS", 0.01)
    _break(cloud)
    cloud.by_path = {}
    time.sleep(0.02)
    assert client().read("virtual_network", "get_vcn", "v").status == 200


def test_conflicts_and_throttling_do_not_open_it(cloud):
    cloud.by_path = {"/vcns/": Reply({"code": "IncorrectState", "message": "busy"}, 409)}
    for _ in range(sdk_clients.BREAKER_FAILURES + 2):
        with pytest.raises(errors.Conflict):
            client().read("virtual_network", "get_vcn", "v")


def test_a_silent_service_opens_it_too(cloud):
    cloud.by_path = {"/vcns/": Reply(hang_up=True)}
    for _ in range(sdk_clients.BREAKER_FAILURES):
        with pytest.raises(errors.NoAnswer):
            client().read("virtual_network", "get_vcn", "v")
    with pytest.raises(errors.BreakerOpen):
        client().read("virtual_network", "get_vcn", "v")
