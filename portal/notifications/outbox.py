"""Writing notices in the transaction of the event, so that none is lost and none is untrue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.accounts.roles import has_role
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.canonical import digest
from portal.lib.retention import delete_older
from portal.lib.storable import storable
from portal.notifications.kinds import EventKind
from portal.notifications.models import Channel, Notice, NotificationPreference, Webhook

ACTOR = "system:notifications"
JOB = "notifications.send"
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an event is told to besides the webhooks of its environment.

    `people` narrows it to these; None means everybody with a role. With `required` they are mailed
    whatever they chose. `by` is the actor of the event, who is not told.
    """

    people: Iterable[User] | None = None
    required: bool = False
    by: str = ""


EVERYBODY = Audience()


def notify(
    kind: EventKind,
    environment: str,
    subject: str,
    title: str,
    words: str,
    url: str,
    key: str,
    *,
    audience: Audience = EVERYBODY,
) -> int:
    """Write one notice for each receiver and channel, and return how many receivers there are.

    The caller holds the transaction of the event. `environment` is a short name, empty when the
    event concerns none; `subject` as in the audit trail; `url` the path of the page that shows it;
    `key` names the event: with the same key nothing is written twice. They are sent after the
    commit.
    """
    event = Notice(
        key=key if len(key) <= LONGEST_KEY else digest(key),
        kind=kind.name,
        environment=environment,
        subject=storable(subject)[:300],
        title=" ".join(storable(title).split())[:300],
        words=storable(words)[:4000],
        url=url,
    )
    rows = [*_to_people(event, kind, audience), *_to_webhooks(event, kind)]
    Notice.objects.add(rows)
    if rows:
        transaction.on_commit(submit_sending, robust=True)
    return len({row.receiver for row in rows})


def submit_sending() -> Job:
    """Start the job that sends what waits, unless it is at work; the schedule starts it too."""
    return submit(JOB, actor=ACTOR, dedupe=JOB)


def write_test(webhook: Webhook, key: str) -> None:
    """Write a message that only this webhook gets."""
    Notice.objects.add(
        [
            _copy(
                Notice(
                    key=key,
                    kind="test",
                    environment=webhook.environment,
                    subject=f"webhook:{webhook.pk}",
                    title=f"The portal reaches {webhook.name}",
                    words="An admin asked for this message. Nothing happened.",
                    url="/",
                ),
                channel=Channel.WEBHOOK,
                receiver=f"webhook:{webhook.pk}",
                webhook=webhook,
            )
        ]
    )


def delete_old() -> int:
    """Delete notices that are kept long enough, sent or given up."""
    over = Notice.objects.exclude(sent_at=None, next_try_at__isnull=False)
    return delete_older(over, "notices", "written_at")


def _to_people(event: Notice, kind: EventKind, audience: Audience) -> Iterator[Notice]:
    people = User.objects.filter(is_active=True).exclude(roles=[])
    if audience.people is not None:
        people = people.filter(pk__in=[person.pk for person in audience.people])
    author = Actor.parse(audience.by).account
    for person in people.select_related("notification_preference").order_by("pk"):
        choice = NotificationPreference.of(person)
        wanted = audience.required or choice.wants(kind, event.environment)
        if not wanted or person.username == author or not has_role(person):
            continue
        made = partial(_copy, event, receiver=f"user:{person.pk}", user=person)
        if person.email and (choice.mail or audience.required):
            yield made(channel=Channel.MAIL)
        if choice.browser:  # the browser asks for it: nothing is sent
            yield made(channel=Channel.BROWSER, sent_at=event.written_at)


def _to_webhooks(event: Notice, kind: EventKind) -> Iterator[Notice]:
    for webhook in Webhook.objects.filter(environment=event.environment, turned_off_at=None):
        if webhook.wants(kind):
            receiver = f"webhook:{webhook.pk}"
            yield _copy(event, channel=Channel.WEBHOOK, receiver=receiver, webhook=webhook)


def _copy(event: Notice, **values: Any) -> Notice:
    names = ("key", "kind", "environment", "subject", "title", "words", "url", "written_at")
    return Notice(**{name: getattr(event, name) for name in names}, **values)
