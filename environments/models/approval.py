"""Another person's agreement to exactly one plan."""

from django.conf import settings
from django.db import models

from portal.lib.clock import now


class PlanApproval(models.Model):
    """Written once. The database refuses the requester, a second row by one person, another
    plan, a change, a deletion.
    """

    plan = models.ForeignKey("environments.Plan", models.PROTECT, related_name="approvals")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="plan_approvals"
    )
    digest = models.CharField("plan digest", max_length=71)
    comment = models.TextField(blank=True, max_length=2000)
    approved_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            # (plan, requester) also refers to the plan's own pair by a composite foreign key: see
            # the migration
            models.CheckConstraint(
                condition=~models.Q(approver=models.F("requester")),
                name="plan_approver_is_not_requester",
            ),
            models.UniqueConstraint(
                fields=["plan", "approver"], name="one_plan_approval_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approver} approved plan {self.plan_id}"
