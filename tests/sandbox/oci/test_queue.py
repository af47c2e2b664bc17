"""Queues: settings, deliveries, dead letters, purges, metrics."""

import datetime
import time

import oci
import pytest

from tests.patience import patient, until


@pytest.fixture
def admin(clients):
    return clients.make(oci.queue.QueueAdminClient)


@pytest.fixture
def queue(estate, admin):
    def make(**more):
        answer = admin.create_queue(
            {"displayName": "compute", "compartmentId": estate.compartment, **more}
        )
        assert answer.data is None and answer.status == 202
        work = admin.get_work_request(answer.headers["opc-work-request-id"]).data
        assert (work.operation_type, work.status) == ("CREATE_QUEUE", "SUCCEEDED")
        return admin.get_queue(work.resources[0].identifier).data

    return make


@pytest.fixture
def at(clients):
    return lambda queue: clients.make(oci.queue.QueueClient, queue.messages_endpoint)


def _put(client, queue, *texts, **metadata):
    more = {"metadata": metadata} if metadata else {}
    return client.put_messages(
        queue.id, {"messages": [{"content": text, **more} for text in texts]}
    ).data.messages


def _get(client, queue, **more):
    return client.get_messages(
        queue.id, timeout_in_seconds=0, **{"limit": 20, **more}
    ).data.messages


def test_a_queue_is_made_changed_and_deleted_by_work_requests(estate, admin, queue, refusal):
    made = queue(deadLetterQueueDeliveryCount=3)
    assert (
        made.retention_in_seconds,
        made.dead_letter_queue_delivery_count,
        made.lifecycle_state,
    ) == (86_400, 3, "ACTIVE")
    assert (
        refusal(
            admin.create_queue,
            {
                "displayName": "x",
                "compartmentId": estate.compartment,
                "retentionInSeconds": 604_801,
            },
        )[0]
        == 400
    )
    admin.update_queue(made.id, {"visibilityInSeconds": 60})
    assert admin.get_queue(made.id).data.visibility_in_seconds == 60
    assert [
        found.id for found in admin.list_queues(compartment_id=estate.compartment).data.items
    ] == [made.id]
    admin.delete_queue(made.id)
    assert admin.get_queue(made.id).data.lifecycle_state == "DELETED"


def test_messages_are_served_at_the_queues_own_endpoint_alone(clients, queue, at, refusal):
    one, other = queue(), queue()
    for endpoint in (clients.simulator.endpoint, other.messages_endpoint):
        assert refusal(clients.make(oci.queue.QueueClient, endpoint).get_stats, one.id)[0] == 404
    assert at(one).get_stats(one.id).data.queue.visible_messages == 0


def test_a_delivered_message_is_hidden_until_its_time_is_up_or_it_is_acknowledged(
    simulator, queue, at, refusal
):
    made = queue(visibilityInSeconds=30)
    client = at(made)
    _put(client, made, "run 1")
    first = _get(client, made)[0]
    assert (first.content, first.delivery_count, _get(client, made)) == ("run 1", 1, [])
    assert client.get_stats(made.id).data.queue.in_flight_messages == 1
    client.update_message(made.id, first.receipt, {"visibilityInSeconds": 60})
    simulator.advance(31)
    assert _get(client, made) == []
    simulator.advance(30)
    second = _get(client, made)[0]
    assert second.delivery_count == 2
    assert refusal(client.delete_message, made.id, first.receipt)[0] == 404
    client.delete_message(made.id, second.receipt)
    assert client.get_stats(made.id).data.queue.size_in_bytes == 0


def test_a_batch_tells_the_outcome_of_each_entry(queue, at, refusal):
    made = queue()
    client = at(made)
    _put(client, made, "a", "b")
    held = _get(client, made)
    entries = [
        {"receipt": held[0].receipt, "visibilityInSeconds": 5},
        {"receipt": "1.void", "visibilityInSeconds": 5},
    ]
    result = client.update_messages(made.id, {"entries": entries}).data
    assert (result.client_failures, result.entries[0].id, result.entries[1].error_code) == (
        1,
        held[0].id,
        404,
    )
    result = client.delete_messages(
        made.id, {"entries": [{"receipt": held[1].receipt}, {"receipt": "nonsense"}]}
    ).data
    assert (result.client_failures, [entry.error_code for entry in result.entries]) == (
        1,
        [None, 400],
    )
    assert refusal(client.put_messages, made.id, {"messages": [{"content": "x"}] * 21})[0] == 400
    assert (
        refusal(client.put_messages, made.id, {"messages": [{"content": "x" * 262_145}]})[0] == 400
    )


def test_what_is_delivered_too_often_becomes_a_dead_letter(simulator, admin, queue, at):
    made = queue(deadLetterQueueDeliveryCount=2, visibilityInSeconds=10)
    client = at(made)
    _put(client, made, "poison")
    for _ in range(2):
        assert len(_get(client, made)) == 1
        simulator.advance(11)
    assert _get(client, made) == []
    stats = client.get_stats(made.id).data
    assert (stats.queue.visible_messages, stats.dlq.visible_messages) == (0, 1)
    work = admin.purge_queue(made.id, {"purgeType": "DLQ"}).headers["opc-work-request-id"]
    assert admin.get_work_request(work).data.status == "SUCCEEDED"
    assert client.get_stats(made.id).data.dlq.visible_messages == 0


def test_a_second_purge_waits_for_the_first(simulator, admin, queue, refusal):
    made = queue()
    simulator.control("POST", "/clock", {"scale": 1})
    admin.purge_queue(made.id, {"purgeType": "BOTH"})
    assert refusal(admin.purge_queue, made.id, {"purgeType": "BOTH"}) == (409, "Conflict")


def test_a_message_is_forgotten_when_its_retention_is_over(simulator, queue, at):
    made = queue(retentionInSeconds=60)
    _put(at(made), made, "old")
    simulator.advance(61)
    assert (
        _get(at(made), made) == [] and at(made).get_stats(made.id).data.queue.visible_messages == 0
    )


def test_channels_are_served_one_at_a_time_or_by_name(queue, at):
    made = queue()
    client = at(made)
    _put(client, made, "a1", "a2", channelId="a", customProperties={"k": "v"})
    _put(client, made, "b1", channelId="b")
    assert client.list_channels(made.id).data.items == ["a", "b"]
    assert client.get_stats(made.id, channel_id="a").data.queue.visible_messages == 2
    assert {
        message.metadata.channel_id for message in _get(client, made, visibility_in_seconds=0)
    } in ({"a"}, {"b"})
    assert [message.content for message in _get(client, made, channel_filter="b")] == ["b1"]
    assert _get(client, made)[0].metadata.custom_properties == {"k": "v"}


def test_a_long_poll_waits_for_its_seconds_and_blocks_nobody(admin, queue, at):
    made = queue(timeoutInSeconds=1)
    before = time.monotonic()
    assert at(made).get_messages(made.id).data.messages == []
    assert 0.9 < time.monotonic() - before < patient(4)


def test_lag_and_depth_are_metrics(estate, clients, simulator, queue, at):
    made = queue()
    _put(at(made), made, "waiting")
    monitoring = clients.make(oci.monitoring.MonitoringClient)
    now = datetime.datetime.now(datetime.UTC)
    span = {
        "startTime": (now - datetime.timedelta(minutes=2)).isoformat(),
        "endTime": (now + datetime.timedelta(minutes=2)).isoformat(),
    }

    def highest(query):
        details = {"namespace": "oci_queue", "query": query, **span}
        found = monitoring.summarize_metrics_data(estate.compartment, details).data
        return max(
            (point.value for item in found for point in item.aggregated_datapoints), default=0
        )

    until(lambda: highest(f'ConsumerLag[1m]{{resourceId = "{made.id}"}}.max()') > 0)
    assert highest('MessagesInQueueCount[1m]{isVisible = "true"}.max()') == 1
