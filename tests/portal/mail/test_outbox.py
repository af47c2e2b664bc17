"""E-mails: written with the act, sent after it, tried again when the server is away, never
twice by two workers.
"""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from portal.mail.jobs import Send, is_about_one
from portal.mail.models import PAUSES, OutgoingEmail
from portal.mail.outbox import portal_url, queue_email, users_with_role
from tests.portal.accounts.people import make_cast

HEARD = "portal.mail.jobs.get_connection"


@pytest.fixture
def people(committed_db):
    cast = make_cast()
    for person in vars(cast).values():
        person.email = f"{person.username}@conceptlens.example"
        person.save()
    return cast


def test_an_email_leaves_after_the_act(people):
    with transaction.atomic():
        assert (
            queue_email(
                [people.admin, people.deployer, people.admin],
                "1.4.0 for stage\nBcc: x@y",
                "Look at it.",
            )
            == 2
        )
        assert not Job.objects.exists()
    run_until_idle()
    assert [one.to for one in mail.outbox] == [
        ["ada@conceptlens.example"],
        ["dan@conceptlens.example"],
    ]
    assert (
        mail.outbox[0].subject == "1.4.0 for stage Bcc: x@y"
        and mail.outbox[0].body == "Look at it."
    )
    assert {one.status for one in OutgoingEmail.objects.all()} == {"sent"}


def test_an_act_that_is_undone_tells_nobody(people):
    with transaction.atomic():
        queue_email([people.admin], "x", "y")
        transaction.set_rollback(True)
    assert not OutgoingEmail.objects.exists() and not Job.objects.exists()


class Away(EmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody listens")


def test_a_server_that_is_away_breaks_nothing_and_is_tried_again(people, monkeypatch):
    monkeypatch.setattr(HEARD, Away)
    queue_email([people.admin, people.deployer], "x", "y")
    run_until_idle()
    first, second = OutgoingEmail.objects.order_by("id")
    assert (first.status, first.tries, second.tries) == (
        "waiting",
        1,
        0,
    ) and "nobody listens" in first.problem
    assert first.next_try_at > now() + timedelta(seconds=30)
    assert Job.objects.get().state == "succeeded"


def test_what_is_written_while_the_job_ends_is_sent_by_the_next_one(people, monkeypatch):
    real = Send.send

    def and_then_one_more(self, ctx):
        done = real(self, ctx)
        if len(mail.outbox) == 1:
            queue_email([people.deployer], "late", "y")  # after the last look
        return done

    monkeypatch.setattr(Send, "send", and_then_one_more)
    queue_email([people.admin], "early", "y")
    run_until_idle()
    assert [one.subject for one in mail.outbox] == ["early", "late"]


def test_a_dead_server_starts_no_job_after_job(people, monkeypatch):
    monkeypatch.setattr(HEARD, Away)
    for number in range(5):
        queue_email([people.admin], f"{number}", "y")
    run_until_idle()
    assert Job.objects.filter(kind="mail.send").count() <= 2


def test_an_email_fails_after_the_last_try(people):
    email = OutgoingEmail.objects.create(to="a@b.example", subject="x", body="y")
    for _ in PAUSES:
        assert email.claim(now())
    assert (
        email.status == "failed"
        and not OutgoingEmail.objects.due(now() + timedelta(days=9)).exists()
    )


def test_two_workers_never_claim_the_same_try(people):
    email = OutgoingEmail.objects.create(to="a@b.example", subject="x", body="y")
    other = OutgoingEmail.objects.get(pk=email.pk)
    assert email.claim(now()) and not other.claim(now())


def test_those_without_a_role_or_an_address_get_nothing(people):
    people.admin.email = ""
    people.admin.save()
    assert people.stranger not in users_with_role() and len(users_with_role()) == 5
    assert queue_email([people.admin], "x", "y") == 0 and not OutgoingEmail.objects.exists()


def test_a_link_leads_to_the_portal(settings):
    settings.PORTAL_URL = "https://portal.example/"
    assert portal_url("/releases/1/") == "https://portal.example/releases/1/"


class DeadMailbox(EmailBackend):
    """A server that refuses one recipient."""

    def send_messages(self, messages):
        if messages[0].to == ["ada@conceptlens.example"]:
            raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: (550, b"no such mailbox")})
        return super().send_messages(messages)


def test_one_dead_mailbox_delays_no_other_email(people, monkeypatch):
    monkeypatch.setattr(HEARD, DeadMailbox)
    for number in range(10):
        queue_email([people.admin], f"to nobody {number}", "y")
    queue_email([people.deployer], "approve this", "y")
    run_until_idle()
    assert [one.subject for one in mail.outbox] == ["approve this"]
    refused = OutgoingEmail.objects.filter(to="ada@conceptlens.example")
    assert set(refused.values_list("tries", flat=True)) == {1}
    assert "no such mailbox" in refused[0].problem


def test_an_email_that_was_never_tried_goes_before_one_that_failed(people):
    queue_email([people.admin], "old", "y")
    OutgoingEmail.objects.update(tries=3)
    queue_email([people.deployer], "new", "y")
    assert [one.subject for one in OutgoingEmail.objects.due(now())] == ["new", "old"]


@pytest.mark.parametrize(
    ("error", "one"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b": (450, b"greylisted")}), True),
        (smtplib.SMTPDataError(554, b"looks like spam"), True),
        (smtplib.SMTPSenderRefused(421, b"too busy", "a@b"), False),
        (smtplib.SMTPServerDisconnected("gone"), False),
        (smtplib.SMTPAuthenticationError(535, b"no"), False),
        (ConnectionRefusedError("nobody listens"), False),
        (TimeoutError("silence"), False),
        (ValueError("an address with a line break"), True),
    ],
)
def test_trouble_with_the_server_ends_the_round(error, one):
    assert is_about_one(error) is one
