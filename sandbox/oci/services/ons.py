"""Notifications: topics, subscriptions with their handshake, deliveries that go on until
acknowledged.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.exchange import Answer
from sandbox.oci.living import whole
from sandbox.oci.living.delivery import Letter, deliver
from sandbox.oci.service import Body, Kind, Life, Service
from sandbox.oci.store import Record

DELIVERY = "ons.Delivery"
LONGEST_URL, LARGEST_MESSAGE = 512, 64 * 1024
RETRY_MILLIS = 7_200_000
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def prepare_topic(call: Call, record: Record) -> None:
    record.body |= {
        "shortTopicId": secrets.token_hex(8),
        "apiEndpoint": call.engine.address,
        "etag": secrets.token_hex(8),
    }


def end_subscriptions(call: Call, record: Record) -> None:
    for subscription in call.records("Subscription", topicId=record.id):
        call.retire(subscription)


def prepare_subscription(call: Call, record: Record) -> None:
    topic = call.find("NotificationTopic", record.body["topicId"])
    _check_endpoint(record.body["protocol"], record.body["endpoint"])
    for other in call.records("Subscription", topicId=topic.id, endpoint=record.body["endpoint"]):
        raise errors.conflict(
            f"Subscription {other.id} has this endpoint already.", "SubscriptionAlreadyExists"
        )
    policy = {"backoffRetryPolicy": {"maxRetryDuration": RETRY_MILLIS, "policyType": "EXPONENTIAL"}}
    record.body |= {"createdTime": int(call.now * 1000), "etag": secrets.token_hex(8)}
    record.body |= {"deliveryPolicy": policy, "deliverPolicy": json.dumps(policy)}
    record.hidden["token"] = secrets.token_urlsafe(48)


def ask_confirmation(call: Call, record: Record) -> None:
    """Send the handshake to an endpoint that can be posted to; other protocols stay PENDING."""
    if record.body["protocol"] == "CUSTOM_HTTPS":
        url = _confirmation_url(call.engine, record)
        words = {
            "ConfirmationURL": url,
            "message": (
                "You have chosen to subscribe to the topic; open ConfirmationURL to confirm."
            ),
        }
        _send(
            call.engine,
            record,
            "SubscriptionConfirmation",
            json.dumps(words),
            {"X-OCI-NS-ConfirmationURL": url},
        )


def resend_confirmation(call: Call) -> Record:
    record = call.find("Subscription", call.path["id"])
    ask_confirmation(call, record)
    return record


def confirm(call: Call) -> Body:
    """Make a subscription ACTIVE; asking again changes nothing."""
    record = call.engine.store.get("ons.Subscription", call.path["id"])
    if (
        record is None
        or record.gone
        or not secrets.compare_digest(call.query.get("token", ""), record.hidden["token"])
    ):
        raise errors.not_found("subscription confirmation")
    if record.body["lifecycleState"] == "PENDING":
        record.body["lifecycleState"] = "ACTIVE"
        call.save(record)
    topic = call.find("NotificationTopic", record.body["topicId"])
    return {
        "topicName": topic.body["name"],
        "topicId": topic.id,
        "endpoint": record.body["endpoint"],
        "unsubscribeUrl": _unsubscribe_url(call.engine, record),
        "message": "You have successfully subscribed.",
        "subscriptionId": record.id,
    }


def unsubscribe(call: Call) -> str:
    record = call.engine.store.get("ons.Subscription", call.path["id"])
    if record is None or not secrets.compare_digest(
        call.query.get("token", ""), record.hidden["token"]
    ):
        raise errors.not_found("subscription")
    call.retire(record)
    return "You have been unsubscribed."


def publish_message(call: Call) -> Answer:
    topic = call.find("NotificationTopic", call.path["topicId"])
    text = str(call.body["body"])
    if len(text.encode()) > LARGEST_MESSAGE:
        raise errors.ServiceError(413, "RequestEntityTooLarge", "The message is larger than 64 KB.")
    return Answer(
        value={
            "messageId": _publish(call.engine, topic, text),
            "timeStamp": call.engine.wire_now(),
        },
        status=202,
    )


def on_message(engine: Engine, payload: Body) -> None:
    """Publish what another service has to say: {"topic", "body"}; a topic that is gone
    swallows it.
    """
    topic = engine.store.get("ons.NotificationTopic", payload["topic"])
    if topic and not topic.gone:
        _publish(engine, topic, payload["body"])


def start(engine: Engine) -> None:
    """Go on with the deliveries that a stop interrupted."""
    for record in engine.store.all(DELIVERY):
        _begin(engine, record)


def shown_deliveries(engine: Engine, payload: Body) -> list[Body]:
    """Return how the latest attempts went, for drills and tests."""
    return [*whole.of(engine).post]


def _check_endpoint(protocol: str, endpoint: str) -> None:
    """The sandbox's own portal speaks plain HTTP on loopback, so that much is let through; all else
    follows OCI.
    """
    if protocol != "CUSTOM_HTTPS":
        return
    parts = urlsplit(endpoint)
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (plain or parts.scheme == "https") or not parts.hostname:
        raise errors.invalid(
            "The endpoint must be an https URL (plain http is for loopback addresses only)."
        )
    if parts.query or parts.fragment or len(endpoint) > LONGEST_URL:
        raise errors.invalid(
            f"The endpoint must have no query parameters and at most {LONGEST_URL} characters."
        )


def _publish(engine: Engine, topic: Record, text: str) -> str:
    message = secrets.token_hex(16)
    for subscription in engine.store.living("ons.Subscription"):
        active = (
            subscription.body["lifecycleState"] == "ACTIVE"
            and subscription.body["protocol"] == "CUSTOM_HTTPS"
        )
        if active and subscription.body["topicId"] == topic.id:
            _send(engine, subscription, "Notification", text, {}, message)
    return message


def _send(
    engine: Engine,
    subscription: Record,
    kind: str,
    text: str,
    more: dict[str, str],
    message: str = "",
) -> None:
    """Keep the delivery, then begin it: a restart of the simulator loses none."""
    topic = engine.store.get("ons.NotificationTopic", subscription.body["topicId"])
    message = message or secrets.token_hex(16)
    fields = {
        "Content-Type": (
            "application/json" if text.lstrip().startswith("{") else "text/plain; charset=utf-8"
        ),
        "User-Agent": "OCI-Notifications-Sandbox",
        "X-OCI-NS-MessageId": message,
        "X-OCI-NS-MessageType": kind,
        "X-OCI-NS-SubscriptionId": subscription.id,
        "X-OCI-NS-TopicOcid": subscription.body["topicId"],
        "X-OCI-NS-TopicName": topic.body["name"] if topic else "",
        "X-OCI-NS-UnsubscribeURL": _unsubscribe_url(engine, subscription),
        **_signature(engine),
        **more,
    }
    hidden = {"url": subscription.body["endpoint"], "fields": fields, "text": text}
    record = Record(
        kind=DELIVERY,
        id=f"{message}/{subscription.id}",
        body={},
        hidden=hidden,
        created=engine.clock.now(),
    )
    engine.store.put(record)
    _begin(engine, record)


def _begin(engine: Engine, record: Record) -> None:
    letter = Letter(
        record.hidden["url"], tuple(record.hidden["fields"].items()), record.hidden["text"].encode()
    )
    living, minute = whole.of(engine), whole.minute(engine)

    def note(outcome: str) -> None:
        living.post.append(
            {
                "message": record.id,
                "type": record.hidden["fields"]["X-OCI-NS-MessageType"],
                "outcome": outcome,
            }
        )

    async def run() -> None:
        await deliver(letter, minute, minute * RETRY_MILLIS / 60_000, note)
        await asyncio.to_thread(_forget, engine, record)

    living.loop.begin(run())


def _forget(engine: Engine, record: Record) -> None:
    with engine.transaction() as store:
        store.remove(record)


def _signature(engine: Engine) -> dict[str, str]:
    """Return the four signature headers; what OCI signs is not published, so the value here proves
    nothing.
    """
    stamp = (
        datetime.fromtimestamp(engine.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23]
        + "+0000"
    )
    return {
        "X-OCI-NS-Signature": secrets.token_urlsafe(192),
        "X-OCI-NS-SignatureVersion": "1.0",
        "X-OCI-NS-SigningCertURL": f"{engine.address}/no-certificate-in-the-sandbox.pem",
        "X-OCI-NS-Timestamp": stamp,
    }


def _confirmation_url(engine: Engine, record: Record) -> str:
    query = f"token={record.hidden['token']}&protocol={record.body['protocol']}"
    return f"{engine.address}/20181201/subscriptions/{record.id}/confirmation?{query}"


def _unsubscribe_url(engine: Engine, record: Record) -> str:
    query = f"token={record.hidden['token']}&protocol={record.body['protocol']}"
    return f"{engine.address}/20181201/subscriptions/{record.id}/unsubscription?{query}"


def _update_policy(call: Call, record: Record, changes: dict[str, Any]) -> None:
    if changes.get("deliveryPolicy"):
        changes["deliverPolicy"] = json.dumps(changes["deliveryPolicy"])
    record.body["etag"] = secrets.token_hex(8)


SERVICE = Service(
    name="ons",
    clients=("NotificationControlPlaneClient", "NotificationDataPlaneClient"),
    kinds=(
        Kind(
            name="NotificationTopic",
            word="onstopic",
            singular="topic",
            id_field="topicId",
            name_field="name",
            unique=("name",),
            taken="TopicAlreadyExists",
            life=Life(
                start="CREATING", ready="ACTIVE", ending="DELETING", gone="DELETED", linger=0
            ),
            filters={"id": lambda record, value: record.id == value},
            before_create=prepare_topic,
            before_delete=end_subscriptions,
        ),
        Kind(
            name="Subscription",
            word="onssubscription",
            life=Life(
                start="",
                ready="PENDING",
                resting=("ACTIVE",),
                ending="",
                gone="DELETED",
                create=0,
                delete=0,
                linger=0,
            ),
            before_create=prepare_subscription,
            after_create=ask_confirmation,
            before_update=_update_policy,
        ),
    ),
    operations={
        "resend_subscription_confirmation": resend_confirmation,
        "get_confirm_subscription": confirm,
        "get_unsubscription": unsubscribe,
        "publish_message": publish_message,
    },
    unsigned=("get_confirm_subscription", "get_unsubscription"),
    control={"GET /deliveries": shown_deliveries},
    listens={"message": on_message},
    start=start,
    stop=whole.close,
)
