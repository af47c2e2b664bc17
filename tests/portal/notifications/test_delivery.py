"""Delivery: at least once, each receiver by itself, given up after a day, storms as one message."""

import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from portal.mail.models import OutgoingEmail
from portal.notifications import delivery, kinds
from portal.notifications.models import Notice, Webhook
from portal.notifications.outbox import JOB, Audience, delete_old, notify, submit_sending
from tests.portal.accounts.people import make_cast
from tests.portal.notifications.receivers import receiver


@pytest.fixture
def people(committed_db, settings):
    settings.PORTAL_SANDBOX, settings.NOTIFY_HOSTS = True, []
    return make_cast()


@pytest.fixture
def mailed(people):
    people.deployer.email = "dan@conceptlens.example"
    people.deployer.save()
    return people.deployer


@pytest.fixture
def hook(people, settings):
    with receiver() as made:
        yield made


@pytest.fixture
def other(people, settings):
    with receiver() as made:
        yield made


def add(people, settings, where, name="chat", format="json"):
    settings.NOTIFY_HOSTS = [*settings.NOTIFY_HOSTS, where.host]
    return Webhook.create(
        people.admin,
        environment="prod",
        name=name,
        format=format,
        address=where.address,
        kinds=[],
    )


def tell(number=1, kind=kinds.INCIDENT_OPENED):
    with transaction.atomic():
        notify(
            kind,
            "prod",
            f"incident:{number}",
            f"alarm {number}",
            "The alarm fires.",
            f"/incidents/{number}/",
            f"incident:{number}:{kind.name}",
        )


def wake():
    """Let every pause be over."""
    Notice.objects.filter(sent_at=None).exclude(next_try_at=None).update(next_try_at=now())
    submit_sending()
    run_until_idle()


def test_a_webhook_gets_the_event_signed(people, settings, hook):
    _, key = add(people, settings, hook)
    tell()
    run_until_idle()
    (path, headers, body), notice = hook.got[0], Notice.objects.get()
    assert path == "/hooks/secret-part?token=also-secret" and notice.condition == "sent"
    expected = hmac.new(
        key.encode(), headers["X-Portal-Timestamp"].encode() + b"." + body, hashlib.sha256
    )
    assert headers["X-Portal-Signature"] == f"sha256={expected.hexdigest()}"
    assert abs(int(headers["X-Portal-Timestamp"]) - time.time()) < 30
    said = json.loads(body)
    assert said["id"] == headers["X-Portal-Delivery"] == str(notice.message)
    assert said["events"][0]["link"] == "http://localhost:8000/incidents/1/"
    assert Webhook.objects.get().condition == "works"


@pytest.mark.parametrize(("format", "part"), [("slack", "text"), ("teams", "attachments")])
def test_chats_get_their_own_body_and_no_signature(people, settings, hook, format, part):
    _, key = add(people, settings, hook, format=format)
    tell()
    run_until_idle()
    _, headers, body = hook.got[0]
    assert part in json.loads(body) and not key and "X-Portal-Signature" not in headers


def test_a_mail_is_handed_over_with_the_link_that_opens_the_incident(mailed):
    tell()
    run_until_idle()
    (sent,) = mail.outbox
    assert sent.to == ["dan@conceptlens.example"]
    assert sent.subject == "[prod] Incident opened: alarm 1"
    assert "http://localhost:8000/incidents/1/\n" in sent.body


def test_an_incident_is_handed_to_the_mail_server_within_seconds(mailed):
    began = time.monotonic()
    tell()
    run_until_idle()
    assert mail.outbox and time.monotonic() - began < 5


def test_a_dead_receiver_delays_no_other_and_is_tried_again(people, settings, hook, other):
    add(people, settings, hook)
    add(people, settings, other, "other")
    hook.status = 500
    tell(1)
    tell(2)
    run_until_idle()
    assert (len(hook.got), len(other.got)) == (1, 2)  # the second message waits with the first
    first, second = Notice.objects.filter(webhook__name="chat").order_by("id")
    assert first.condition == "retrying" and "answered 500" in first.problem
    assert first.next_try_at > now() + timedelta(seconds=30) < second.next_try_at
    assert Webhook.objects.get(name="chat").condition == "failing"
    hook.status = 204
    wake()
    assert {row.condition for row in Notice.objects.all()} == {"sent"}
    ids = [headers["X-Portal-Delivery"] for _, headers, _ in hook.got]
    assert len(ids) == 3 and ids[0] == ids[1] != ids[2]  # a retry has the same id


def test_a_hanging_receiver_delays_no_other_even_for_what_comes_meanwhile(
    people, settings, hook, other, monkeypatch
):
    monkeypatch.setattr(delivery, "SECONDS", 3)
    add(people, settings, hook)
    add(people, settings, other, "other")
    hook.hang = True
    tell(1)
    moments = []
    monkeypatch.setattr(delivery, "_message", _noting(delivery._message, moments))
    began = time.monotonic()
    run_until_idle()
    assert len(other.got) == 2 and moments, "what came while the first one hung was sent at once"
    assert moments[0] - began < 2
    first = Notice.objects.get(webhook__name="chat", subject="incident:1")
    assert "no answer within 3 s" in first.problem


def _noting(make, moments):
    """Write a second event while the first one is sent, and note when it is sent."""

    def made(rows):
        if rows[0].webhook.name == "other":
            if rows[0].title == "alarm 1":
                tell(2)
            else:
                moments.append(time.monotonic())
        return make(rows)

    return made


def test_what_is_written_after_the_last_look_is_sent_by_the_next_job(people, settings, hook):
    add(people, settings, hook)
    tell(1)
    job = Job.objects.get(kind=JOB)
    Job.objects.filter(pk=job.pk).update(state="running")  # at work: a second one is not submitted
    tell(2)
    assert Job.objects.filter(kind=JOB).count() == 1
    Job.objects.filter(pk=job.pk).update(state="waiting")
    run_until_idle()
    assert len(hook.got) == 2


def test_the_end_of_a_job_starts_another_when_something_is_due(people, settings, hook, monkeypatch):
    add(people, settings, hook)
    tell(1)
    real = delivery.deliver_all

    def and_then_one_more(say):
        sent = real(say)
        if len(hook.got) == 1:
            tell(2)  # after the last look, before the job has ended
        return sent

    monkeypatch.setattr("portal.notifications.jobs.deliver_all", and_then_one_more)
    run_until_idle()
    assert len(hook.got) == 2 and Job.objects.filter(kind=JOB, state="succeeded").count() == 2


def test_a_message_is_given_up_after_a_day_with_words(people, settings, hook):
    add(people, settings, hook)
    hook.status = 410
    tell()
    run_until_idle()
    Notice.objects.update(written_at=now() - timedelta(days=1, minutes=1))
    wake()
    notice = Notice.objects.get()
    assert notice.condition == "failed" and notice.next_try_at is None
    assert notice.problem.startswith("Given up after a day.") and "answered 410" in notice.problem


def test_a_worker_that_is_killed_before_it_noted_leads_to_a_second_try_with_the_same_id(
    people, settings, hook
):
    webhook, _ = add(people, settings, hook)
    tell()
    receiver_name = f"webhook:{webhook.pk}"
    rows = Notice.objects.claim_message("webhook", receiver_name, now())
    assert rows and not Notice.objects.claim_message("webhook", receiver_name, now())
    wake()
    assert hook.got[0][1]["X-Portal-Delivery"] == str(rows[0].message)


def test_a_mail_is_handed_over_once_although_the_worker_dies_in_between(mailed, monkeypatch):
    tell()
    monkeypatch.setattr(
        "portal.notifications.models.notice.NoticeSet.mark_sent",
        lambda *args: (_ for _ in ()).throw(RuntimeError("killed")),
    )
    with pytest.raises(RuntimeError):
        delivery.deliver("mail", f"user:{mailed.pk}")
    assert not OutgoingEmail.objects.exists()
    monkeypatch.undo()
    wake()
    assert OutgoingEmail.objects.count() == 1


def test_a_storm_of_500_is_one_message_for_each_receiver(mailed, people, settings, hook):
    add(people, settings, hook)
    with transaction.atomic():
        for number in range(500):
            tell(number)
    began = time.monotonic()
    run_until_idle()
    assert len(hook.got) == 1 and len(json.loads(hook.got[0][2])["events"]) == 500
    assert OutgoingEmail.objects.get().subject == "[prod] Incident opened: 500 times"
    assert time.monotonic() - began < 5


def test_the_rest_of_a_storm_follows_as_one_message(people, settings, hook):
    add(people, settings, hook)
    for number in range(8):
        tell(number)
    run_until_idle()
    for number in range(8, 30):
        tell(number)
    run_until_idle()
    assert len(hook.got) == 8
    Notice.objects.filter(sent_at__isnull=False).update(arranged_at=now() - timedelta(minutes=2))
    wake()
    assert len(hook.got) == 9 and len(json.loads(hook.got[8][2])["events"]) == 22


def test_a_fault_of_the_portal_delays_no_other_receiver_and_makes_no_loop(
    people, settings, hook, other, monkeypatch
):
    webhook, _ = add(people, settings, hook)
    add(people, settings, other, "other")
    real = Notice.objects.__class__.claim_message

    def claim(self, channel, receiver, at):
        if receiver == f"webhook:{webhook.pk}":
            raise ValueError("a fault")
        return real(self, channel, receiver, at)

    monkeypatch.setattr(Notice.objects.__class__, "claim_message", claim)
    tell()
    run_until_idle()
    assert (len(hook.got), len(other.got)) == (0, 1)
    assert Job.objects.filter(kind=JOB).count() <= 2
    monkeypatch.undo()
    wake()
    assert len(hook.got) == 1


def test_an_address_that_the_setting_no_longer_lists_gets_nothing(people, settings, hook):
    add(people, settings, hook)
    settings.NOTIFY_HOSTS = []
    tell()
    run_until_idle()
    assert not hook.got and "NOTIFY_HOSTS" in Notice.objects.get().problem


def test_who_lost_every_role_meanwhile_gets_no_mail(mailed):
    tell()
    mailed.roles = []
    mailed.save()
    run_until_idle()
    assert not mail.outbox and Notice.objects.get().sent_at


def test_old_notices_are_deleted_but_none_that_waits(mailed):
    tell(1)
    run_until_idle()
    tell(2)
    Notice.objects.update(written_at=now() - timedelta(days=31))
    assert delete_old() == 1
    assert Notice.objects.get().condition == "waiting"


def test_a_turned_off_webhook_gets_nothing_more(people, settings, hook):
    webhook, _ = add(people, settings, hook)
    tell(1)
    webhook.turn_off(people.admin)
    tell(2)
    run_until_idle()
    assert not hook.got and Notice.objects.get().condition == "failed"


def test_nobody_is_told_twice_when_two_workers_send_at_once(people, settings, hook):
    add(people, settings, hook)
    with transaction.atomic():
        notify(kinds.HOLD_PLACED, "prod", "hold:1", "held", "", "/", "hold:1", audience=Audience())
    assert sum(delivery.deliver_all(print) for _ in range(2)) == 1
    assert len(hook.got) == 1
