"""A person's decision that a step no longer waits for what it found."""

from django.conf import settings
from django.db import models

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.lib.clock import now


class WaitOverride(models.Model):
    """One person let one step of one job go on, for a reason; written once."""

    job = models.ForeignKey("jobs.Job", models.PROTECT, related_name="+")
    step = models.CharField(max_length=200)
    waited_for = models.TextField(help_text="What the step said it waits for.")
    reason = models.TextField(max_length=2000)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "step"], name="one_go_ahead_per_step")
        ]

    def __str__(self) -> str:
        return f"{self.given_by} overrode the wait of {self.step}: {self.reason}"

    @staticmethod
    def can_give(user: User | None) -> bool:
        """Say whether the person may decide that what is being computed may be lost."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)
