"""An approval: one other person's agreement to exactly one plan."""

from django.conf import settings
from django.db import models

from portal.lib.clock import now


class Approval(models.Model):
    """Written once. The database refuses the requester, a second row by one person, another
    plan, a change, a deletion.
    """

    release = models.ForeignKey("releases.Release", models.PROTECT, related_name="approvals")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals")
    digest = models.CharField("plan digest", max_length=71)
    comment = models.TextField(blank=True, max_length=2000)
    approved_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            # (release, requester) also refers to the release's own pair by a composite foreign key:
            # migration 0002
            models.CheckConstraint(
                condition=~models.Q(approver=models.F("requester")),
                name="approver_is_not_requester",
            ),
            models.UniqueConstraint(fields=["release", "approver"], name="one_approval_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.approver} approved release {self.release_id}"
