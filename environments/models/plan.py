"""A plan: what an apply would change, frozen, with the digest that an approval is bound to."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from environments.models.environment import Environment
from portal.lib.clock import now

FRESH = timedelta(hours=24)


class PlanState(models.TextChoices):
    """How a plan stands."""

    OPEN = "open", "open"
    APPLYING = "applying", "applying"
    APPLIED = "applied", "applied"
    FAILED = "failed", "failed"


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans, newest first."""

    def applied_since(self, plan: "Plan") -> "Plan | None":
        """Return a plan of the same environment whose apply began after this plan was made."""
        later = self.filter(environment=plan.environment_id, apply_at__gt=plan.created_at).exclude(pk=plan.pk)
        return later.order_by("-apply_at").first()


class Plan(models.Model):
    """One comparison of an environment's settings with OCI. Rows are evidence: only the state moves."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="plans")
    digest = models.CharField(max_length=71, help_text="Of all changes: what is applied is exactly this.")
    desired_digest = models.CharField(max_length=71, help_text="Of the settings as resources: changes when somebody edits them.")
    observed_digest = models.CharField(
        max_length=71, help_text="Of what OCI showed: changes when somebody works behind our back."
    )
    changes = models.JSONField(default=list)
    known = models.JSONField(default=dict, help_text="OCIDs and facts of what exists already.")
    estimate_seconds = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.OPEN)
    requested_by = models.CharField(max_length=160)
    made_by_job = models.UUIDField(null=True, blank=True, unique=True)
    apply_job = models.UUIDField(null=True, blank=True)
    apply_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[Any] = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["environment", "-id"])]

    def __str__(self) -> str:
        return f"plan {self.pk} of {self.environment.slug}"

    def get_absolute_url(self) -> str:
        """Return the plan's page."""
        return reverse("plan", args=[self.environment.slug, self.pk])

    def of(self, *actions: str) -> list[dict[str, Any]]:
        """Return the changes with one of the actions."""
        return [change for change in self.changes if change["action"] in actions]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many changes there are of each action, the empty ones left out."""
        actions = [change["action"] for change in self.changes]
        return {action: actions.count(action) for action in ACTIONS if action in actions}

    @property
    def is_empty(self) -> bool:
        """Say whether OCI is already as the settings want it."""
        return not self.of("create", "update", "replace", "adopt", "refuse")

    @property
    def is_stale_by_age(self) -> bool:
        """Say whether the plan is too old to be applied."""
        return now() - self.created_at > FRESH

    def mark_applying(self, job: Any) -> None:
        """Bind the plan to the job that applies it."""
        self.state, self.apply_job, self.apply_at = PlanState.APPLYING, job, now()
        self.save(update_fields=["state", "apply_job", "apply_at"])

    def mark_applied(self) -> None:
        """Say that every change was made."""
        self.state = PlanState.APPLIED
        self.save(update_fields=["state"])

    def mark_failed(self) -> None:
        """Say that the apply ended early; the next plan shows what is left."""
        self.state = PlanState.FAILED
        self.save(update_fields=["state"])


ACTIONS = ("create", "update", "replace", "adopt", "refuse", "nothing")
