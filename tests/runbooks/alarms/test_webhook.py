"""The webhook believes nobody: it keeps a genuine message once, as a hint, and says no in
words to all else.
"""

import json
import time
from datetime import timedelta

import pytest

from environments.models import ManagedResource
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.clock import now
from runbooks.models import Incident, Notification
from tests.patience import patient
from tests.runbooks.post import URL, alarm_message, basic, headers, post


def test_a_genuine_message_is_kept_and_orders_one_look(client, alarm, audited):
    answer = post(client)
    assert (answer.status_code, answer.json()) == (200, {"status": "kept"})
    kept = Notification.objects.get()
    assert (kept.kind, kept.alarms, kept.environment.slug) == ("OK_TO_FIRING", [alarm.ocid], "dev")
    assert kept.headers["Signature"] == "c2ln"
    assert Job.objects.get().kind == "runbooks.readback"
    assert audited(Verb.WEBHOOK_RECEIVED)[0][:2] == ("system:notifications", "done")
    assert Incident.objects.count() == 0  # a hint opens nothing


def test_a_replay_changes_nothing(client, alarm, audited):
    same = {"X-OCI-NS-MessageId": "one-and-the-same"}
    answers = [post(client, **same) for _ in range(5)]
    assert [answer.json()["status"] for answer in answers] == ["kept"] + ["known already"] * 4
    assert {answer.status_code for answer in answers} == {200}
    assert (
        Notification.objects.count(),
        Job.objects.count(),
        len(audited(Verb.WEBHOOK_RECEIVED)),
    ) == (1, 1, 1)


def test_a_flood_of_messages_orders_one_look(client, alarm):
    post(client)
    began = time.monotonic()
    for _ in range(19):
        assert post(client).status_code == 200
    # OCI waits five seconds; alone on a machine it takes 0.02
    assert (time.monotonic() - began) / 19 < patient(0.25)
    assert Notification.objects.count() == 20
    assert Job.objects.count() == 1


def test_the_first_call_is_told_which_credentials_are_asked_for(client, dev, audited):
    answer = post(client, Authorization=None)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (
        401,
        'Basic realm="portal webhook", charset="UTF-8"',
    )
    assert audited(Verb.WEBHOOK_RECEIVED) == []


WRONG = [
    basic(password="wrong"),
    basic(user="other"),
    basic(password=""),
    "Basic",
    "Basic %%%",
    "Bearer x",
    "Basic " + "A" * 9,
]


@pytest.mark.parametrize("authorization", WRONG)
def test_a_forged_message_is_refused_with_a_row(client, dev, audited, authorization):
    answer = post(client, Authorization=authorization)
    assert answer.status_code == 401
    assert audited(Verb.WEBHOOK_RECEIVED)[0][:2] == ("anonymous", "refused")
    assert (Notification.objects.count(), Job.objects.count()) == (0, 0)


def test_without_a_password_set_nobody_gets_in(client, dev, settings):
    settings.WEBHOOK_PASSWORD = ""
    assert post(client, Authorization=basic(password="")).status_code == 401


REFUSED = [
    (
        {"X-OCI-NS-TopicOcid": "ocid1.onstopic.oc1..foreign"},
        403,
        "topic does not belong to the portal",
    ),
    ({"X-OCI-NS-TopicOcid": None}, 400, "X-OCI-NS-TopicOcid is missing"),
    ({"X-OCI-NS-MessageId": None}, 400, "X-OCI-NS-MessageId is missing"),
    ({"X-OCI-NS-MessageId": "x" * 256}, 400, "longer than 255"),
    ({"X-OCI-NS-Timestamp": None}, 400, "X-OCI-NS-Timestamp is missing"),
    ({"X-OCI-NS-Timestamp": "yesterday"}, 400, "is not a time"),
    (
        {"X-OCI-NS-Timestamp": (now() - timedelta(hours=4)).isoformat()},
        400,
        "too old, or from the future",
    ),
    (
        {"X-OCI-NS-Timestamp": (now() + timedelta(hours=1)).isoformat()},
        400,
        "too old, or from the future",
    ),
]


@pytest.mark.parametrize(("changes", "status", "words"), REFUSED)
def test_what_is_wrong_with_the_headers_is_said_and_recorded(
    client, dev, audited, changes, status, words
):
    answer = post(client, **changes)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert words in audited(Verb.WEBHOOK_RECEIVED)[0][2]["reason"]
    assert Notification.objects.count() == 0


BODIES = [
    b" ",
    b"{",
    b"[1]",
    b"7",
    b'"text"',
    b"\xff\xfe",
    b'{"a": "\\u0000"}',
    b"[" * 60_000,
    b"not json",
]


@pytest.mark.parametrize("raw", BODIES)
def test_what_is_wrong_with_the_body_is_said(client, dev, raw):
    answer = post(client, raw=raw)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The body")
    assert Notification.objects.count() == 0


def test_a_message_larger_than_oci_ever_sends_is_refused(client, dev, audited):
    answer = post(client, raw=b'{"a": "' + b"x" * 64 * 1024 + b'"}')
    assert answer.status_code == 413
    assert audited(Verb.WEBHOOK_RECEIVED)[0][1] == "refused"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"alarmMetaData": None},
        {"alarmMetaData": {}},
        {"alarmMetaData": [None, 3, {}, {"id": 7}, {"id": {}}, {"id": ""}, {"id": "x" * 300}]},
        {"type": {"a": 1}},
        {"type": "x" * 10_000},
    ],
)
def test_a_strange_message_of_ours_is_kept_and_orders_nothing(client, alarm, body):
    assert post(client, body).status_code == 200
    assert Job.objects.count() == 0


def test_an_alarm_that_the_portal_does_not_know_is_left_to_the_poll(client, alarm):
    assert post(client, alarm_message("ocid1.alarm.oc1..new")).status_code == 200
    assert Job.objects.count() == 0


def test_no_query_string_and_no_other_method(client, dev):
    assert post(client, url=URL + "?user=oci").status_code == 400
    answer = client.get(URL, headers=headers())
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_it_needs_no_csrf_token_and_no_session(dev):
    from django.test import Client

    assert post(Client(enforce_csrf_checks=True)).status_code == 200


CONFIRMATION = "https://169.254.169.254/20181201/subscriptions/ocid1.onssubscription.oc1..s/confirmation?token=tok&protocol=CUSTOM_HTTPS"


def test_a_confirmation_orders_ocis_own_operation_and_opens_no_address(client, dev):
    answer = post(
        client,
        {"ConfirmationURL": CONFIRMATION},
        **{
            "X-OCI-NS-MessageType": "SubscriptionConfirmation",
            "X-OCI-NS-ConfirmationURL": CONFIRMATION,
            "X-OCI-NS-SubscriptionId": "ocid1.onssubscription.oc1..s",
        },
    )
    assert answer.status_code == 200
    job = Job.objects.get()
    assert (job.kind, job.environment) == ("runbooks.confirm", "dev")
    assert job.spec == {
        "subscription": "ocid1.onssubscription.oc1..s",
        "topic": "ocid1.onstopic.oc1..dev",
        "token": "tok",
    }


def test_a_confirmation_without_its_parts_is_refused_and_not_kept(client, dev):
    assert post(client, {"ConfirmationURL": "https://x/y"}).status_code == 400
    assert (
        post(
            client, {"ConfirmationURL": "https://["}, **{"X-OCI-NS-SubscriptionId": "s"}
        ).status_code
        == 400
    )
    assert Notification.objects.count() == 0


def test_tokens_in_addresses_are_not_kept(client, dev):
    post(client)
    assert "secret-token" not in json.dumps(Notification.objects.get().headers)


def test_during_an_apply_the_new_topic_is_known_from_the_ledger(client, dev, cast):
    ManagedResource.objects.filter(key="topic").delete()
    assert post(client).status_code == 403
    job = Job.objects.create(
        kind="environments.apply",
        environment="dev",
        mutating=True,
        actor="user:dan",
        code_version=1,
    )
    job.step_rows.create(
        name="topic", label="", position=0, result={"ocid": "ocid1.onstopic.oc1..dev"}
    )
    assert post(client).status_code == 200
