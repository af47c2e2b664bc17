"""A hold: after a rollback nothing starts by itself there until it is lifted."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Refused


class HoldSet(models.QuerySet["Hold"]):
    """Holds by state."""

    def open(self) -> "HoldSet":
        """Return those that are not lifted yet."""
        return self.filter(lifted_at=None).select_related("environment", "lifted_by")


class Hold(models.Model):
    """One environment, held for a reason; at most one is open per environment."""

    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="holds"
    )
    reason = models.TextField(max_length=2000)
    warning = models.TextField(
        blank=True, max_length=2000, help_text="What went wrong besides: a smoke test that failed."
    )
    placed_by = models.CharField(max_length=200)
    placed_at = models.DateTimeField(default=now)
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.TextField("reason to lift it", blank=True, max_length=2000)

    objects = HoldSet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment"], condition=models.Q(lifted_at=None), name="one_open_hold"
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at=None)
                | (models.Q(lifted_by__isnull=False) & ~models.Q(lift_reason="")),
                name="hold_lifted_by_somebody_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.environment.slug} is held: {self.reason}"

    def get_absolute_url(self) -> str:
        """Return the page on which it is lifted."""
        return reverse("hold", args=[self.pk])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the hold."""
        return Act(verb, f"hold:{self.pk}", self.environment.slug)

    @property
    def is_open(self) -> bool:
        """Say whether it still holds."""
        return self.lifted_at is None

    @staticmethod
    def can_lift(user: User | None) -> bool:
        """Say whether the person may lift holds."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def lift(self, by: User, reason: str) -> None:
        """Let automation go on; the second to lift it is refused."""
        values = {"lifted_by": by, "lifted_at": now(), "lift_reason": reason}
        if Hold.objects.filter(pk=self.pk, lifted_at=None).update(**values) != 1:
            raise Refused(
                "This hold was lifted already.", next_step="Look at the environment's page."
            )
        for name, value in values.items():
            setattr(self, name, value)

    def worsen(self, reason: str, warning: str) -> None:
        """Add what a later rollback has to say to a hold that is still open."""
        self.reason = f"{self.reason} {reason}"[:2000]
        self.warning = warning or self.warning
        self.save(update_fields=["reason", "warning"])
