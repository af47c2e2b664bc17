"""A broken release fires the alarm, the notification arrives; a healed one resolves it."""

import base64
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import oci
import pytest

from tests.patience import until
from tests.ports import free_port
from tests.sandbox.living.conftest import get

MODELS = oci.monitoring.models
QUERY = (
    'httpResponses5xx[1m]{{resourceId = "{balancer}", backendSetName = "api"}}.grouping().sum() > 3'
)


class Receiver:
    """An endpoint that asks for credentials, keeps what it is sent, may fail for a while."""

    def __init__(self):
        self.seen, self.failures, self.open = [], 0, True
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.take(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        self.url = (
            f"http://oci:secret%2F1@127.0.0.1:{self.server.server_port}/hooks/oci-notifications/"
        )

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["content-length"]))
        allowed = (
            handler.headers.get("authorization")
            == "Basic " + base64.b64encode(b"oci:secret/1").decode()
        )
        status = 401 if not allowed else 503 if self.failures else 200
        if status == 503:
            self.failures -= 1
        if status == 200:
            self.seen.append(
                (
                    dict(handler.headers),
                    json.loads(body) if body.startswith(b"{") else body.decode(),
                )
            )
        handler.send_response(status)
        if status == 401:
            handler.send_header("WWW-Authenticate", 'Basic realm="portal"')
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def alarms(self):
        return [
            body for headers, body in self.seen if headers["X-OCI-NS-MessageType"] == "Notification"
        ]


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def topic(site):
    details = oci.ons.models.CreateTopicDetails(
        name="conceptlens-dev-alarms", compartment_id=site.compartment
    )
    return site.topics.create_topic(details).data.topic_id


def subscribe(site, key, url):
    details = oci.ons.models.CreateSubscriptionDetails(
        topic_id=key, compartment_id=site.compartment, protocol="CUSTOM_HTTPS", endpoint=url
    )
    return site.messages.create_subscription(details).data


def subscribed(site, receiver):
    """Return a topic with a confirmed subscription."""
    key = topic(site)
    made = subscribe(site, key, receiver.url)
    _, body = until(lambda: receiver.seen and receiver.seen[0])
    get(
        int(site.simulator.endpoint.rpartition(":")[2]),
        body["ConfirmationURL"].partition(site.simulator.endpoint)[2],
    )
    assert site.messages.get_subscription(made.id).data.lifecycle_state == "ACTIVE"
    return key


def alarm(site, key, query, **more):
    fields = {
        "display_name": "API answers 5xx",
        "severity": "CRITICAL",
        "is_enabled": True,
        "body": "http://portal/runbooks/5xx/",
    }
    details = MODELS.CreateAlarmDetails(
        compartment_id=site.compartment,
        metric_compartment_id=site.compartment,
        namespace="oci_lbaas",
        query=query,
        **{"destinations": [key], **fields, **more},
    )
    return site.monitoring.create_alarm(details).data


def status_of(site, key):
    rows = site.monitoring.list_alarms_status(site.compartment).data
    return next(row.status for row in rows if row.id == key)


def test_a_broken_release_fires_the_alarm_and_a_healed_one_resolves_it(site, receiver):
    port, key = free_port(), subscribed(site, receiver)
    balancer, found = site.balancer(port), site.running(site.image())
    site.add_backend(balancer, site.address(found))
    made = alarm(site, key, QUERY.format(balancer=balancer))
    assert status_of(site, made.id) == "OK"
    (hit,) = site.simulator.control(
        "POST", "/break", {"compartment": "conceptlens-dev", "mode": "errors"}
    )
    assert hit["instance"] == found.id
    until(lambda: get(port, "/api/v1/courses")[0] == 500 and receiver.alarms())
    fired = receiver.alarms()[0]
    assert (fired["type"], fired["severity"], fired["body"]) == (
        "OK_TO_FIRING",
        "CRITICAL",
        "http://portal/runbooks/5xx/",
    )
    assert (fired["alarmMetaData"][0]["id"], fired["alarmMetaData"][0]["status"]) == (
        made.id,
        "FIRING",
    )
    assert status_of(site, made.id) == "FIRING"
    site.simulator.control("POST", "/break", {"compartment": "conceptlens-dev", "mode": "healthy"})
    until(lambda: get(port, "/api/v1/courses")[0] == 200 and len(receiver.alarms()) > 1)
    assert receiver.alarms()[1]["type"] == "FIRING_TO_OK"
    assert status_of(site, made.id) == "OK"
    entries = site.monitoring.get_alarm_history(made.id).data.entries
    assert [entry.summary for entry in entries] == [
        "State transitioned from FIRING to OK",
        "State transitioned from OK to FIRING",
    ]


def test_a_suppressed_alarm_stays_silent(site, receiver):
    key = subscribed(site, receiver)
    now = datetime.now(UTC)
    window = MODELS.Suppression(
        description="release 7",
        time_suppress_from=now - timedelta(minutes=1),
        time_suppress_until=now + timedelta(hours=1),
    )
    made = alarm(site, key, 'never_seen[1m]{env = "dev"}.absent()', suppression=window)
    until(
        lambda: (
            [row.status for row in site.monitoring.retrieve_dimension_states(made.id).data.items]
            == ["FIRING"]
        )
    )
    assert status_of(site, made.id) == "SUSPENDED"
    assert receiver.alarms() == []
    site.monitoring.remove_alarm_suppression(made.id)
    assert status_of(site, made.id) == "FIRING"


def test_a_suppression_of_its_own_silences_for_its_time(site):
    made = alarm(site, topic(site), 'never_seen[1m]{env = "dev"}.absent()')
    now = datetime.now(UTC)
    details = MODELS.CreateAlarmSuppressionDetails(
        alarm_suppression_target=MODELS.AlarmSuppressionAlarmTarget(alarm_id=made.id),
        display_name="release window",
        time_suppress_from=now - timedelta(minutes=1),
        time_suppress_until=now + timedelta(hours=1),
    )
    created = site.monitoring.create_alarm_suppression(details).data
    assert status_of(site, made.id) == "SUSPENDED"
    assert [
        row.id for row in site.monitoring.list_alarm_suppressions(alarm_id=made.id).data.items
    ] == [created.id]
    site.monitoring.delete_alarm_suppression(created.id)
    assert status_of(site, made.id) in ("OK", "FIRING")


def test_a_failed_delivery_is_repeated_with_the_same_message_id(site, receiver):
    key = subscribed(site, receiver)
    receiver.failures = 2
    message = site.messages.publish_message(
        key, oci.ons.models.MessageDetails(title="t", body="plain words")
    ).data
    until(lambda: len(receiver.seen) > 1)
    headers, body = receiver.seen[1]
    assert (headers["X-OCI-NS-MessageId"], body) == (message.message_id, "plain words")
    attempts = [
        row["outcome"]
        for row in site.simulator.control("GET", "/deliveries")
        if row["message"].startswith(message.message_id)
    ]
    assert attempts == ["status 503", "status 503", "delivered"]


def test_nothing_is_sent_before_the_subscription_is_confirmed(site, receiver):
    key = topic(site)
    made = subscribe(site, key, receiver.url)
    headers, body = until(lambda: receiver.seen and receiver.seen[0])
    assert headers["X-OCI-NS-MessageType"] == "SubscriptionConfirmation"
    assert headers["X-OCI-NS-ConfirmationURL"] == body["ConfirmationURL"]
    assert headers["X-OCI-NS-TopicOcid"] == key
    site.messages.publish_message(key, oci.ons.models.MessageDetails(body="too early"))
    token = body["ConfirmationURL"].partition("token=")[2].partition("&")[0]
    with pytest.raises(oci.exceptions.ServiceError):
        site.messages.get_confirm_subscription(made.id, "wrong", "CUSTOM_HTTPS")
    for _ in range(2):
        assert (
            site.messages.get_confirm_subscription(made.id, token, "CUSTOM_HTTPS").data.topic_id
            == key
        )
    assert site.messages.get_subscription(made.id).data.lifecycle_state == "ACTIVE"
    assert receiver.alarms() == []


@pytest.mark.parametrize(
    "url",
    ["http://example.com/hook", "https://example.com/hook?key=1", "ftp://127.0.0.1/x", "https://"],
)
def test_an_endpoint_that_oci_would_not_take_is_refused(site, url):
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        subscribe(site, topic(site), url)
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")


def test_a_topic_takes_its_subscriptions_with_it(site, receiver):
    key = subscribed(site, receiver)
    site.topics.delete_topic(key)
    assert site.messages.list_subscriptions(site.compartment).data == []


@pytest.mark.parametrize(
    "change",
    [
        {"query": "httpRequests[1m].sum()"},
        {"query": "httpRequests.sum() > 1"},
        {"pending_duration": "PT2H"},
        {"destinations": []},
    ],
)
def test_an_alarm_that_oci_would_not_take_is_refused(site, change):
    key = topic(site)
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        alarm(site, key, **{"query": "httpRequests[1m].sum() > 1", **change})
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")


def test_custom_metrics_are_posted_listed_and_summed(site):
    now = datetime.now(UTC)
    points = [
        MODELS.Datapoint(timestamp=now - timedelta(seconds=at), value=float(at))
        for at in (10, 20, 30)
    ]
    good = MODELS.MetricDataDetails(
        namespace="conceptlens_app",
        compartment_id=site.compartment,
        name="latency",
        dimensions={"env": "dev"},
        datapoints=points,
    )
    bad = MODELS.MetricDataDetails(
        namespace="oci_mine",
        compartment_id=site.compartment,
        name="latency",
        dimensions={"env": "dev"},
        datapoints=points,
    )
    answer = site.monitoring.post_metric_data(
        MODELS.PostMetricDataDetails(metric_data=[good, bad])
    ).data
    assert answer.failed_metrics_count == 1
    listed = site.monitoring.list_metrics(
        site.compartment, MODELS.ListMetricsDetails(namespace="conceptlens_app")
    ).data
    assert [(metric.name, metric.dimensions) for metric in listed] == [("latency", {"env": "dev"})]
    details = MODELS.SummarizeMetricsDataDetails(
        namespace="conceptlens_app", query='latency[1h]{env = "dev"}.percentile(0.95)'
    )
    values = [
        point.value
        for point in (
            site.monitoring.summarize_metrics_data(site.compartment, details)
            .data[0]
            .aggregated_datapoints
        )
    ]
    assert max(values) == 30.0


def test_traffic_is_measured_per_backend_set(site):
    port = free_port()
    balancer = site.balancer(port)
    for _ in range(5):
        get(port, "/")
    query = (
        f'httpResponses502[1m]{{resourceId = "{balancer}", backendSetName ='
        ' "api"}.grouping().sum()'
    )
    details = MODELS.SummarizeMetricsDataDetails(namespace="oci_lbaas", query=query)
    until(
        lambda: total(site.monitoring.summarize_metrics_data(site.compartment, details).data) == 5
    )


def total(series):
    return sum(point.value for row in series for point in row.aggregated_datapoints)
