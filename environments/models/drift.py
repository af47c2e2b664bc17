"""What comparisons with OCI found: one report each, and a row for each difference that lasts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from environments.drift import DRIFT, DriftKind
from environments.models.environment import Environment
from portal.accounts.models import User
from portal.audit.verbs import Verb
from portal.lib.act import Act


class DriftReport(models.Model):
    """One comparison: the differences at that moment."""

    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, related_name="drift_reports"
    )
    at = models.DateTimeField()
    changes = models.JSONField(default=list)
    count = models.PositiveIntegerField(
        default=0, help_text="Differences that somebody made in OCI."
    )
    unmanaged = models.PositiveIntegerField(
        default=0, help_text="Resources in the compartment that the portal does not know."
    )
    problem = models.TextField(blank=True, help_text="Why the comparison could not be made.")

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["environment", "-at"])]

    def __str__(self) -> str:
        return f"{self.environment_id} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def words(self) -> str:
        """Return the outcome in one word or number."""
        if self.problem:
            return "unknown"
        return f"{self.count} difference{'s' if self.count > 1 else ''}" if self.count else "none"


NAMES = {DriftKind.PENDING: "not applied"}
KINDS = [(kind.value, NAMES.get(kind, kind.value)) for kind in DriftKind]


class DriftItemQuerySet(models.QuerySet["DriftItem"]):
    """Differences, the oldest first."""

    def open(self) -> "DriftItemQuerySet":
        """Return those that the last comparison still found."""
        return self.filter(closed_at=None)

    def drift(self) -> "DriftItemQuerySet":
        """Return those that somebody made in OCI, of what the portal manages."""
        return self.filter(sort__in=DRIFT)


class DriftItem(models.Model):
    """One difference, from the first comparison that found it to the first that did not."""

    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, related_name="drift_items"
    )
    sort = models.CharField(max_length=10, choices=KINDS)
    key = models.CharField(
        max_length=300, help_text="The resource's key; of an unmanaged one its OCID."
    )
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=255, blank=True)
    ocid = models.CharField(max_length=400, blank=True)
    field = models.CharField(
        max_length=80, blank=True, help_text="Empty when the whole resource is meant."
    )
    desired = models.JSONField(null=True)
    found = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    settings = models.JSONField(
        default=dict,
        blank=True,
        help_text="The settings, with values, that would want what is there.",
    )
    not_a_setting = models.TextField(blank=True, help_text="Why no setting can want what is there.")
    who = models.CharField(
        max_length=255, blank=True, help_text="As OCI Audit names them; empty while unknown."
    )
    origin = models.JSONField(
        default=dict,
        blank=True,
        help_text="Address, program, operation, request and moment of the change.",
    )
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    taken_over_by = models.CharField(max_length=160, blank=True)

    objects: ClassVar[Any] = DriftItemQuerySet.as_manager()

    class Meta:
        ordering = ["first_seen", "key", "field"]
        indexes = [models.Index(fields=["environment", "-closed_at"], name="deviation_closed")]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "key", "field"],
                condition=models.Q(closed_at=None),
                name="one_open_deviation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.field}".strip()

    def get_absolute_url(self) -> str:
        """Return the page that lists it."""
        return f"{reverse('drift', args=[self.environment.slug])}#difference-{self.pk}"

    @property
    def changed_at(self) -> datetime | None:
        """Return when it was changed, as OCI Audit or the portal's trail says."""
        try:
            return parse_datetime(str(self.origin.get("at", "")))
        except ValueError:
            return None

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this about the resource."""
        return Act(verb, f"resource:{self.key}", self.environment.slug)

    def can_accept(self, user: User) -> bool:
        """Say whether the person may accept it, and a setting decides it."""
        is_open = bool(self.settings) and self.closed_at is None
        return is_open and self.environment.can_change_settings(user)

    def can_revert(self, user: User) -> bool:
        """Say whether the person may plan what undoes it; no plan undoes the other kinds."""
        undoes = self.sort in (DriftKind.CHANGED, DriftKind.MISSING) and self.closed_at is None
        return undoes and self.environment.can_plan(user)

    def update_found(self, columns: Mapping[str, Any], *, at: datetime) -> None:
        """Store what a comparison found; the author stays unless the value is another one."""
        if self.found != columns.get("found"):
            self.who, self.origin = "", {}
        for name, value in columns.items():
            setattr(self, name, value)
        self.last_seen = at

    def set_author(self, who: str, origin: Mapping[str, Any]) -> None:
        """Store whom OCI Audit, or the portal's own trail, names."""
        self.who, self.origin = who[:255], dict(origin)

    def close(self, *, at: datetime) -> None:
        """Store that OCI shows again what the settings say."""
        self.closed_at = at

    def mark_accepted(self, by: str) -> None:
        """Store who accepted it; the next comparison closes it."""
        self.taken_over_by = by
        self.save(update_fields=["taken_over_by"])
