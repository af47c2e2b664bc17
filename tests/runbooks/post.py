"""Posts to the webhook as OCI Notifications does."""

import base64
import json
import uuid

from portal.lib.clock import now
from tests.runbooks.conftest import TOPIC

URL = "/hooks/oci-notifications/"
PASSWORD = "test-webhook-password"


def basic(user="oci", password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def headers(**changes):
    """Return the headers of a genuine message, changed; None takes one away."""
    stamp = now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "+0000"
    values = {
        "X-OCI-NS-MessageId": uuid.uuid4().hex,
        "X-OCI-NS-TopicOcid": TOPIC,
        "X-OCI-NS-MessageType": "Notification",
        "X-OCI-NS-Timestamp": stamp,
        "X-OCI-NS-UnsubscribeURL": (
            "https://cell1.notification.example/unsubscription?token=secret-token"
        ),
        "X-OCI-NS-Signature": "c2ln",
        "Authorization": basic(),
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def alarm_message(ocid="ocid1.alarm.oc1..5xx", kind="OK_TO_FIRING"):
    return {
        "dedupeKey": "k",
        "title": "dev-5xx",
        "type": kind,
        "severity": "CRITICAL",
        "alarmMetaData": [{"id": ocid, "status": "FIRING"}],
    }


def post(client, body=None, *, url=URL, raw=None, **changes):
    content = (
        raw if raw is not None else json.dumps(alarm_message() if body is None else body).encode()
    )
    return client.post(url, content, content_type="application/json", headers=headers(**changes))
