"""A plan: what an apply would change, frozen, with the digest that an approval is bound to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.functional import cached_property

from environments.models.environment import Environment
from environments.reconcile.change import REFUSED, STILL, TAKES_AWAY, WORK, Change
from environments.reconcile.teardown import Removal
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now

FRESH = timedelta(hours=24)


class PlanState(models.TextChoices):
    """How a plan stands."""

    OPEN = "open", "open"
    APPLYING = "applying", "applying"
    APPLIED = "applied", "applied"
    FAILED = "failed", "failed"


class PlanKind(models.TextChoices):
    """Which way a plan goes."""

    APPLY = "apply", "apply"
    DESTROY = "destroy", "destroy"


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans, newest first."""

    def made_by(self, job: UUID | None) -> "Plan | None":
        """Return the plan that a job made already."""
        return self.filter(made_by_job=job).first() if job else None

    def applied_since(self, plan: "Plan") -> "Plan | None":
        """Return a plan of the same environment whose apply began after this plan was made."""
        later = self.filter(environment=plan.environment_id, apply_at__gt=plan.created_at).exclude(
            pk=plan.pk
        )
        return later.order_by("-apply_at").first()


class Plan(models.Model):
    """One comparison of an environment's settings with OCI. Rows are evidence: only the state
    moves.
    """

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="plans")
    kind = models.CharField(max_length=8, choices=PlanKind.choices, default=PlanKind.APPLY)
    digest = models.CharField(
        max_length=71, help_text="Of all changes: what is applied is exactly this."
    )
    desired_digest = models.CharField(
        max_length=71, help_text="Of the settings as resources: changes when somebody edits them."
    )
    observed_digest = models.CharField(
        max_length=71, help_text="Of what OCI showed: changes when somebody works behind our back."
    )
    changes = models.JSONField(default=list)
    known = models.JSONField(default=dict, help_text="OCIDs and facts of what exists already.")
    notes = models.JSONField(
        default=list, help_text="What whoever reads the plan should know beside the changes."
    )
    cost = models.JSONField(
        default=dict, help_text="What the changes cost a month, as far as the price table knows."
    )
    options = models.JSONField(
        default=dict, help_text="What was chosen when the plan was asked for."
    )
    estimate_seconds = models.PositiveIntegerField(default=0)
    needed = models.PositiveSmallIntegerField("approvals needed", default=0)
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.OPEN)
    requested_by = models.CharField(max_length=160)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_by_job = models.UUIDField(null=True, blank=True, unique=True)
    apply_job = models.UUIDField(null=True, blank=True)
    apply_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[Any] = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["environment", "-id"])]
        constraints = [
            # what the composite foreign key of an approval refers to: see the migration
            models.UniqueConstraint(fields=["id", "requester"], name="plan_with_its_requester"),
            models.CheckConstraint(
                condition=models.Q(needed=0) | models.Q(requester__isnull=False),
                name="approvals_need_a_requester",
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk} of {self.environment.slug}"

    def get_absolute_url(self) -> str:
        """Return the plan's page."""
        return reverse("plan", args=[self.environment.slug, self.pk])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the plan."""
        return Act(verb, f"plan:{self.pk}", self.environment.slug)

    @cached_property
    def all_changes(self) -> Sequence[Change]:
        """Return what it says about each resource; of a destruction they are removals."""
        line = Removal if self.destroys else Change
        return [line.from_json(change) for change in self.changes]

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read the row again, and with it the changes."""
        self.__dict__.pop("all_changes", None)
        super().refresh_from_db(*args, **kwargs)

    def with_action(self, *actions: str) -> list[Change]:
        """Return the changes with one of the actions."""
        return [change for change in self.all_changes if change.action in actions]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many changes there are of each action, the empty ones left out."""
        actions = [change["action"] for change in self.changes]
        return {action: actions.count(action) for action in ACTIONS if action in actions}

    @property
    def is_empty(self) -> bool:
        """Say whether OCI matches the settings already, and does its work."""
        return not self.with_action(*WORK, *REFUSED, "attention")

    @property
    def has_work(self) -> bool:
        """Say whether there is anything to carry out."""
        return bool(self.with_action(*WORK))

    @property
    def is_heavy(self) -> bool:
        """Say whether carrying it out takes the product down or loses data."""
        changes = self.with_action(*WORK)
        return any(cost.is_heavy for change in changes for cost in change.costs)

    @property
    def name_to_type(self) -> str:
        """Return the name that confirms its start; empty where none is asked for."""
        asks = self.destroys or self.environment.protected or self.is_heavy
        return self.environment.slug if asks else ""

    @property
    def keys_to_tick(self) -> list[str]:
        """Return the keys of the changes that take something away: each is ticked to start it."""
        return [change.key for change in self.with_action(TAKES_AWAY)]

    @property
    def destroys(self) -> bool:
        """Say whether it takes the environment down instead of building it."""
        return self.kind == PlanKind.DESTROY

    @property
    def agreed(self) -> int:
        """Return how many others agreed to exactly this plan."""
        return self.approvals.filter(digest=self.digest).count()

    def can_carry_out(self, user: User | None) -> bool:
        """Say whether the person may have this plan carried out."""
        return (
            self.environment.can_destroy(user)
            if self.destroys
            else self.environment.can_apply(user)
        )

    def can_approve(self, user: User | None) -> bool:
        """Say whether the person may agree to it: somebody with a role that changes things,
        never who asked for it.
        """
        waiting = (
            self.state == PlanState.OPEN and self.needed > 0 and not self.with_action("refuse")
        )
        return (
            waiting
            and user is not None
            and user.pk != self.requester_id
            and has_role(user, Role.DEPLOYER, Role.ADMIN)
        )

    @property
    def is_stale_by_age(self) -> bool:
        """Say whether the plan is too old to be applied."""
        return now() - self.created_at > FRESH

    def mark_applying(self, job: UUID) -> None:
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


ACTIONS = (*WORK, *STILL)
