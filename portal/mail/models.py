"""The outbox: e-mails are written with the act that they tell of, and sent by a job."""

from datetime import datetime, timedelta

from django.db import models

from portal.lib.clock import now

PAUSES = (
    0,
    1,
    5,
    15,
    60,
    240,
    480,
    720,
)  # minutes before each try; after the last one it has failed


class OutgoingEmailSet(models.QuerySet["OutgoingEmail"]):
    """Named sets of e-mails."""

    def due(self, at: datetime) -> "OutgoingEmailSet":
        """Return those that may be tried now: those never tried first, then the oldest."""
        return self.filter(sent_at=None, next_try_at__lte=at).order_by("tries", "id")


class OutgoingEmail(models.Model):
    """One message to one person. It never holds a secret: mail servers read it in clear."""

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_at = models.DateTimeField(default=now)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(
        default=now, null=True, help_text="Empty after the last try."
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(
        max_length=500, blank=True, help_text="What the mail server said at the last try."
    )

    objects = OutgoingEmailSet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(sent_at=None), name="emails_to_send"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"

    @property
    def status(self) -> str:
        """Return "sent", "waiting" or "failed"."""
        return "sent" if self.sent_at else "waiting" if self.next_try_at else "failed"

    def claim(self, at: datetime) -> bool:
        """Take this try and plan the next one; False when another worker has taken it.

        If this worker dies before the end, the next try follows.
        """
        pause = PAUSES[self.tries + 1] if self.tries + 1 < len(PAUSES) else None
        later = None if pause is None else at + timedelta(minutes=pause)
        free = OutgoingEmail.objects.filter(pk=self.pk, tries=self.tries, sent_at=None)
        if free.update(tries=self.tries + 1, next_try_at=later) != 1:
            return False
        self.tries, self.next_try_at = self.tries + 1, later
        return True

    def mark_sent(self, at: datetime) -> None:
        """Record that the mail server took it."""
        OutgoingEmail.objects.filter(pk=self.pk).update(sent_at=at, problem="")

    def mark_failed(self, problem: str) -> None:
        """Record that the mail server did not take it; the next try is planned already."""
        OutgoingEmail.objects.filter(pk=self.pk).update(problem=problem[:500])
