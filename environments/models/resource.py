"""What the portal built or adopted in OCI, as far as the portal's own database knows."""

from datetime import datetime
from typing import Any

from django.db import models

from environments.models.environment import Environment


class ManagedResource(models.Model):
    """One resource of an environment, by its key; written by the apply job, refreshed by every plan."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="resources")
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=255)
    ocid = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    job = models.UUIDField(null=True, blank=True, help_text="The job that last changed it.")
    seen_at = models.DateTimeField(help_text="When OCI last showed it.")

    class Meta:
        ordering = ["environment", "key"]
        constraints = [models.UniqueConstraint(fields=["environment", "key"], name="one_resource_per_key")]

    def __str__(self) -> str:
        return f"{self.environment_id}:{self.key}"

    @property
    def group(self) -> str:
        """Return the part of the key that groups resources of one sort."""
        return self.key.split(".")[0]

    def saw(self, state: str, facts: dict[str, Any], *, at: datetime) -> None:
        """Take over what OCI says about it now."""
        self.state, self.facts, self.seen_at = state, facts, at

    def saw_nothing(self) -> None:
        """Take over that OCI does not know it any more."""
        self.state, self.facts = "GONE", {}
