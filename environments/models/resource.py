"""What the portal built or adopted in OCI, as far as the portal's own database knows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from environments.models.environment import Environment


class ManagedResource(models.Model):
    """One resource of an environment, by its key; written by the apply job, refreshed by
    every plan.
    """

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="resources")
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=255)
    ocid = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    tags = models.JSONField(
        default=dict, blank=True, help_text="Freeform and defined tags as OCI last showed them."
    )
    job = models.UUIDField(null=True, blank=True, help_text="The job that last changed it.")
    seen_at = models.DateTimeField(help_text="When OCI last showed it.")

    class Meta:
        ordering = ["environment", "key"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "key"], name="one_resource_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.environment_id}:{self.key}"

    @property
    def group(self) -> str:
        """Return the part of the key that groups resources of one sort."""
        return self.key.split(".")[0]

    @property
    def cost_center(self) -> str:
        """Return who pays for it, as its cost tag says."""
        return next(
            (
                str(values["costCenter"])
                for values in self.tags.values()
                if _named(values, "costCenter")
            ),
            "",
        )

    @property
    def expires(self) -> str:
        """Return until when it is valid, as an RFC 3339 moment; empty for what does not expire."""
        return str(self.facts.get("not_after") or self.facts.get("expires") or "")

    def update_actual(
        self, state: str, facts: dict[str, Any], *, at: datetime, tags: dict[str, Any] | None = None
    ) -> None:
        """Take over what OCI says about it now."""
        self.state, self.facts, self.seen_at = state, facts, at
        self.tags = self.tags if tags is None else tags

    def mark_gone(self) -> None:
        """Take over that OCI does not know it any more."""
        self.state, self.facts = "GONE", {}


def tags_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags in OCI's answer, or in a wanted resource: freeform ones plain, defined
    ones by their namespace.
    """
    return {**(fields.get("freeformTags") or {}), **(fields.get("definedTags") or {})}


def _named(values: Any, name: str) -> bool:
    return isinstance(values, Mapping) and name in values
