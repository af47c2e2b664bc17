"""The outbox of notifications: what one receiver is told of one event by one channel."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction

from portal.lib.clock import now
from portal.mail.models import PAUSES
from portal.notifications.grouping import WINDOW, arrange
from portal.notifications.kinds import TITLES
from portal.notifications.models.webhook import Webhook

LASTS = timedelta(days=1)  # how long a message is tried
GAVE_UP = "Given up after a day."
BATCH = 500


class Channel(models.TextChoices):
    """How a receiver is told."""

    MAIL = "mail", "mail"
    WEBHOOK = "webhook", "webhook"
    BROWSER = "browser", "browser"


class NoticeSet(models.QuerySet["Notice"]):
    """Notices by what has to happen with them."""

    def add(self, rows: Iterable["Notice"]) -> None:
        """Insert the rows; one that is there already stays as it is."""
        self.bulk_create(rows, ignore_conflicts=True)

    def due(self, at: datetime) -> "NoticeSet":
        """Return those that may be sent now, the oldest first."""
        return self.filter(sent_at=None, next_try_at__lte=at).order_by("id")

    def due_receivers(self, at: datetime) -> list[tuple[str, str]]:
        """Return (channel, receiver) of everybody for whom something is due."""
        rows = self.filter(sent_at=None, next_try_at__lte=at).order_by()
        return list(rows.values_list("channel", "receiver").distinct())

    def claim_message(self, channel: str, receiver: str, at: datetime) -> list["Notice"]:
        """Take the receiver's next message and plan its next try; empty when none is due.

        Returns the notices that the message lists. If this worker dies, the next try follows.
        Another worker that asks at the same moment skips what is taken.
        """
        own = self.filter(channel=channel, receiver=receiver)
        with transaction.atomic():
            due = list(own.due(at).select_for_update(skip_locked=True, of=("self",))[:BATCH])
            _arrange(own, [row for row in due if row.message is None], at)
            chosen = next((row.message for row in due if row.message), None)
            rows = [row for row in due if row.message == chosen] if chosen else []
            if rows:
                tries = rows[0].tries + 1
                pause = timedelta(minutes=PAUSES[min(tries, len(PAUSES) - 1)])
                self.filter(pk__in=[row.pk for row in rows]).update(
                    tries=tries, next_try_at=at + pause
                )
        return rows

    def mark_sent(self, rows: list["Notice"], at: datetime) -> None:
        """Record that the receiver has the message."""
        self.filter(pk__in=[row.pk for row in rows]).update(sent_at=at, problem="")

    def mark_failed(self, rows: list["Notice"], problem: str, at: datetime) -> None:
        """Record why the message did not arrive; after a day it is given up.

        What else waits for the receiver is tried together with it.
        """
        mine = self.filter(pk__in=[row.pk for row in rows])
        if rows[0].written_at + LASTS <= at:
            mine.update(problem=f"{GAVE_UP} {problem}"[:500], next_try_at=None)
            return
        mine.update(problem=problem[:500])
        later = at + timedelta(minutes=PAUSES[min(rows[0].tries + 1, len(PAUSES) - 1)])
        waiting = self.filter(channel=rows[0].channel, receiver=rows[0].receiver, sent_at=None)
        waiting.filter(next_try_at__lte=at).update(next_try_at=later)


class Notice(models.Model):
    """One event, for one receiver, by one channel. It never holds a secret."""

    key = models.CharField(max_length=200, help_text="Names the event: told once by each channel.")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    receiver = models.CharField(max_length=40, help_text="user:<id> or webhook:<id>.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    webhook = models.ForeignKey(
        Webhook, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    kind = models.CharField(max_length=40, choices=sorted(TITLES.items()))
    environment = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    words = models.TextField(blank=True)
    url = models.CharField(max_length=2000, help_text="Path of the page that shows it.")
    written_at = models.DateTimeField(default=now)
    message = models.UUIDField(
        null=True, blank=True, help_text="The message that it goes out in, the same at every try."
    )
    arranged_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(
        default=now, null=True, blank=True, help_text="Empty once it is given up."
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True, help_text="Why the last try failed.")

    objects: ClassVar[Any] = NoticeSet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "receiver", "channel"], name="one_notice_per_receiver"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(sent_at=None), name="notices_to_send"
            ),
            models.Index(fields=["channel", "receiver", "-id"], name="notices_of_receiver"),
            models.Index(fields=["written_at"], name="notices_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.title}"

    def get_absolute_url(self) -> str:
        """Return the page that the notice leads to."""
        return self.url

    @property
    def condition(self) -> str:
        """Return sent, waiting, retrying or failed."""
        if self.sent_at:
            return "sent"
        if self.next_try_at is None:
            return "failed"
        return "retrying" if self.problem else "waiting"


def _arrange(own: NoticeSet, new: list[Notice], at: datetime) -> None:
    """Put new notices into messages; hold back those that will be listed by a later one."""
    if not new:
        return
    rows = own.filter(arranged_at__gt=at - WINDOW).values_list("kind", "arranged_at")
    recent = [(kind, moment) for kind, moment in rows if moment is not None]
    messages, held = arrange([(row.pk, row.kind) for row in new], recent, at)
    by_pk = {row.pk: row for row in new}
    for members in messages:
        message = uuid.uuid4()
        own.filter(pk__in=members).update(message=message, arranged_at=at)
        for pk in members:
            by_pk[pk].message = message
    for pk, until in held.items():
        own.filter(pk=pk).update(next_try_at=until)
