"""A message of OCI Notifications as it came: a hint, kept once."""

from typing import Any, ClassVar

from django.db import models

from portal.lib.clock import now


class NotificationSet(models.QuerySet["Notification"]):
    """Messages, each once."""

    def add(self, row: "Notification") -> bool:
        """Insert the message; say whether it is new. Two deliveries at the same moment make
        one row.
        """
        values = {
            name: getattr(row, name)
            for name in ("environment", "topic_ocid", "kind", "headers", "body", "alarms")
        }
        return self.get_or_create(message_id=row.message_id, defaults=values)[1]


class Notification(models.Model):
    """What the webhook accepted; the signature headers are kept, for the day OCI says how to
    check them.
    """

    message_id = models.CharField(
        max_length=255, unique=True, help_text="The same message twice is the same row."
    )
    environment = models.ForeignKey(
        "environments.Environment", models.CASCADE, related_name="notifications"
    )
    topic_ocid = models.CharField(max_length=255)
    kind = models.CharField(max_length=60, help_text="What the message says it is.")
    headers = models.JSONField(default=dict)
    body = models.JSONField(default=dict)
    alarms = models.JSONField(default=list, help_text="OCIDs of the alarms that it speaks of.")
    received_at = models.DateTimeField(default=now)

    objects: ClassVar[Any] = NotificationSet.as_manager()

    class Meta:
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["environment", "-received_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"
