"""opc-retry-token keeps a repeated create from making a second thing."""

import concurrent.futures

import oci
import pytest


def _details(estate, name="a"):
    return {"compartmentId": estate.compartment, "cidrBlocks": ["10.0.0.0/16"], "displayName": name}


def test_the_same_token_gives_the_same_resource(estate):
    create = estate.clients.network.create_vcn
    first, again = (create(_details(estate), opc_retry_token="t-1") for _ in range(2))
    assert first.data.id == again.data.id
    assert first.headers["etag"] == again.headers["etag"]
    assert first.headers["opc-request-id"] != again.headers["opc-request-id"]
    assert len(estate.clients.network.list_vcns(estate.compartment).data) == 1


def test_another_body_under_the_same_token_is_refused(estate, refusal):
    create = estate.clients.network.create_vcn
    create(_details(estate), opc_retry_token="t-1")
    assert refusal(create, _details(estate, "b"), opc_retry_token="t-1") == (
        409,
        "InvalidatedRetryToken",
    )


def test_without_a_token_a_repeat_makes_a_second_one(estate):
    assert estate.vcn().id != estate.vcn().id


def test_a_token_is_forgotten_after_a_day(estate, simulator):
    create = estate.clients.network.create_vcn
    first = create(_details(estate), opc_retry_token="t-1").data
    simulator.advance(24 * 3600 + 1)
    assert create(_details(estate), opc_retry_token="t-1").data.id != first.id


def test_a_refused_call_does_not_use_up_its_token(estate, simulator, refusal):
    create = estate.clients.network.create_vcn
    simulator.fault("error", "create_vcn")
    assert refusal(create, _details(estate), opc_retry_token="t-1") == (500, "InternalServerError")
    assert create(_details(estate), opc_retry_token="t-1").status == 200


def test_calls_at_the_same_moment_make_one_thing(estate):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        calls = [
            pool.submit(estate.clients.network.create_vcn, _details(estate), opc_retry_token="t-1")
            for _ in range(8)
        ]
    assert len({call.result().data.id for call in calls}) == 1


def test_after_a_lost_answer_the_token_finds_the_work(estate, simulator):
    create = estate.clients.network.create_vcn
    simulator.fault("lost", "create_vcn")
    with pytest.raises(oci.exceptions.RequestException):
        create(_details(estate), opc_retry_token="t-1")
    made = create(_details(estate), opc_retry_token="t-1").data
    assert [vcn.id for vcn in estate.clients.network.list_vcns(estate.compartment).data] == [
        made.id
    ]
