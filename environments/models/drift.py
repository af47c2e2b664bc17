"""What a scheduled comparison with OCI found; it never changes anything."""

from django.db import models

from environments.models.environment import Environment


class DriftReport(models.Model):
    """One comparison: the differences at that moment."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="drift_reports")
    at = models.DateTimeField()
    changes = models.JSONField(default=list)
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
        count = len(self.changes)
        return f"{count} difference{'s' if count > 1 else ''}" if count else "none"
