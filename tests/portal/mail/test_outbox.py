"""E-mails: written with the act, sent after it, tried again when the server is away, never
twice by two workers.
"""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
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
