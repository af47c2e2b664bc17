"""What comparisons with OCI found: one report a look, one row a difference for as long as it lasts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from environments.models.environment import Environment


class DriftReport(models.Model):
    """One comparison: the differences at that moment."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="drift_reports")
    at = models.DateTimeField()
    changes = models.JSONField(default=list)
    count = models.PositiveIntegerField(default=0, help_text="Differences that somebody made in OCI.")
    unmanaged = models.PositiveIntegerField(default=0, help_text="Resources in the compartment that the portal does not know.")
    problem = models.TextField(blank=True, help_text="Why the comparison could not be made.")

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["environment", "-at"])]

    def __str__(self) -> str:
        return f"{self.environment_id} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def words(self) -> str:
        """Say the outcome in one word or number."""
        if self.problem:
            return "unknown"
        return f"{self.count} difference{'s' if self.count > 1 else ''}" if self.count else "none"


class Sort(models.TextChoices):
    """What sort of difference it is."""

    CHANGED = "changed", "changed"
    MISSING = "missing", "missing"
    BLOCKED = "blocked", "blocked"  # it stands, but a plan may not touch it
    PENDING = "pending", "not applied"  # the portal's side moved, OCI did not
    UNMANAGED = "unmanaged", "unmanaged"


DRIFT = (Sort.CHANGED, Sort.MISSING, Sort.BLOCKED)


class DeviationQuerySet(models.QuerySet["Deviation"]):
    """Differences, the oldest first."""

    def open(self) -> "DeviationQuerySet":
        """Return those that the last look still found."""
        return self.filter(closed_at=None)

    def drift(self) -> "DeviationQuerySet":
        """Return those that somebody made in OCI: neither settings that wait for an apply, nor what is not ours."""
        return self.filter(sort__in=DRIFT)


class Deviation(models.Model):
    """One thing that OCI shows otherwise than it is wanted, from the first look that found it to the first that did not."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="deviations")
    sort = models.CharField(max_length=10, choices=Sort.choices)
    key = models.CharField(max_length=300, help_text="The resource's key; of an unmanaged one its OCID.")
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=255, blank=True)
    ocid = models.CharField(max_length=400, blank=True)
    field = models.CharField(max_length=80, blank=True, help_text="Empty when the whole resource is meant.")
    desired = models.JSONField(null=True)
    found = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    settings = models.JSONField(default=dict, blank=True, help_text="The settings, with values, that would want what is there.")
    not_a_setting = models.TextField(blank=True, help_text="Why no setting can want what is there.")
    who = models.CharField(max_length=255, blank=True, help_text="As OCI Audit names them; empty while unknown.")
    origin = models.JSONField(
        default=dict, blank=True, help_text="Address, program, operation, request and moment of the change."
    )
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    taken_over_by = models.CharField(max_length=160, blank=True)

    objects: ClassVar[Any] = DeviationQuerySet.as_manager()

    class Meta:
        ordering = ["first_seen", "key", "field"]
        indexes = [models.Index(fields=["environment", "-closed_at"], name="deviation_closed")]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "key", "field"], condition=models.Q(closed_at=None), name="one_open_deviation"
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

    def can_take_over(self, user: Any) -> bool:
        """Say whether the person may make the settings want what is there, and a setting can."""
        return bool(self.settings) and self.closed_at is None and self.environment.can_change_settings(user)

    def can_put_back(self, user: Any) -> bool:
        """Say whether the person may plan what undoes it; unmanaged things and refusals no plan undoes."""
        return self.sort in (Sort.CHANGED, Sort.MISSING) and self.closed_at is None and self.environment.can_plan(user)

    def seen_again(self, found: Mapping[str, Any], *, at: datetime) -> None:
        """Take over what the look says now; since when and who stay, unless it is another value than before."""
        if self.found != found.get("found"):
            self.who, self.origin = "", {}
        for name, value in found.items():
            setattr(self, name, value)
        self.last_seen = at

    def was_made_by(self, who: str, origin: Mapping[str, Any]) -> None:
        """Take over whom OCI Audit, or the portal's own trail, names."""
        self.who, self.origin = who[:255], dict(origin)

    def close(self, *, at: datetime) -> None:
        """Say that it is as wanted again."""
        self.closed_at = at

    def was_taken_over(self, by: str) -> None:
        """Remember who made the settings want what is there; the next look closes it."""
        self.taken_over_by = by
        self.save(update_fields=["taken_over_by"])
