"""Each fault does what it says, as often as it says, to the call it names."""

import time

import oci
import pytest


def test_throttle_answers_429_with_retry_after_and_does_nothing(estate, simulator):
    simulator.fault("throttle", "create_vcn", service="core", seconds=3)
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        estate.vcn()
    assert (caught.value.status, caught.value.code) == (429, "TooManyRequests")
    assert caught.value.headers["retry-after"] == "3"
    assert estate.clients.network.list_vcns(estate.compartment).data == []


def test_error_answers_what_was_asked_for(estate, simulator, refusal):
    simulator.fault("error", "get_*", status=503, code="ServiceUnavailable")
    assert refusal(estate.clients.identity.get_compartment, estate.compartment) == (
        503,
        "ServiceUnavailable",
    )


def test_a_fault_meets_as_many_calls_as_counted_after_those_skipped(estate, simulator, refusal):
    simulator.fault("error", "list_vcns", count=2, skip=1)
    read = estate.clients.network.list_vcns
    assert read(estate.compartment).status == 200
    assert [refusal(read, estate.compartment)[0] for _ in range(2)] == [500, 500]
    assert read(estate.compartment).status == 200
    assert simulator.control("GET", "/faults")[0]["hits"] == 2


def test_a_fault_of_one_service_leaves_the_others_alone(estate, simulator, refusal):
    simulator.fault("error", service="core", count=-1)
    assert refusal(estate.clients.network.list_vcns, estate.compartment)[0] == 500
    assert estate.clients.identity.list_regions().status == 200
    simulator.clear_faults()
    assert estate.clients.network.list_vcns(estate.compartment).status == 200


def test_hang_gives_no_answer_and_does_nothing(estate, simulator):
    simulator.fault("hang", "create_vcn", seconds=30)
    client = estate.clients.make(oci.core.VirtualNetworkClient, timeout=(1, 0.3))
    with pytest.raises(oci.exceptions.RequestException):
        client.create_vcn({"compartmentId": estate.compartment, "cidrBlocks": ["10.0.0.0/16"]})
    assert estate.clients.network.list_vcns(estate.compartment).data == []


def test_lost_does_the_work_without_an_answer(estate, simulator):
    simulator.fault("lost", "create_vcn")
    with pytest.raises(oci.exceptions.RequestException):
        estate.vcn()
    assert len(estate.clients.network.list_vcns(estate.compartment).data) == 1


def test_slow_and_latency_take_their_time(estate, simulator):
    simulator.fault("slow", "list_regions", seconds=0.2)
    started = time.monotonic()
    estate.clients.identity.list_regions()
    assert time.monotonic() - started >= 0.2
    simulator.control("POST", "/latency", {"ms": 100})
    started = time.monotonic()
    estate.clients.identity.list_regions()
    assert time.monotonic() - started >= 0.1


def test_hidden_keeps_a_new_thing_out_of_reads_for_a_while(estate, simulator, refusal):
    simulator.fault("hidden", "create_vcn", seconds=60)
    vcn = estate.vcn()
    assert refusal(estate.clients.network.get_vcn, vcn.id) == (404, "NotAuthorizedOrNotFound")
    assert estate.clients.network.list_vcns(estate.compartment).data == []
    simulator.advance(61)
    assert estate.clients.network.get_vcn(vcn.id).data.id == vcn.id


def test_reset_ends_faults_and_latency(simulator, clients):
    simulator.fault("error", count=-1)
    simulator.control("POST", "/latency", {"ms": 400})
    simulator.reset()
    started = time.monotonic()
    assert clients.identity.list_regions().status == 200
    assert time.monotonic() - started < 0.35


def test_an_unknown_fault_is_refused(simulator):
    with pytest.raises(AssertionError, match="400"):
        simulator.fault("explode")


def test_a_limit_is_what_the_control_port_says(estate, simulator, refusal):
    simulator.control("POST", "/limits", {"Vcn": 1})
    estate.vcn()
    details = {"compartmentId": estate.compartment, "cidrBlocks": ["10.1.0.0/16"]}
    assert refusal(estate.clients.network.create_vcn, details) == (400, "LimitExceeded")
    simulator.control("POST", "/limits", {"Vcn": None})
    assert estate.clients.network.create_vcn(details).status == 200
