"""Which resource, built by hand, a person chose for a key: what lets a plan adopt what carries no tag."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from environments.models.environment import Environment
from portal.lib.clock import now


class AdoptionQuerySet(models.QuerySet["Adoption"]):
    """The choices of an environment."""

    def chosen(self) -> dict[str, str]:
        """Return the chosen OCIDs by key."""
        return dict(self.values_list("key", "ocid"))

    def kept(self) -> dict[str, dict[str, Any]]:
        """Return, by key, the fields that stay as they were found because OCI cannot change them."""
        return {key: fields for key, fields in self.values_list("key", "kept") if fields}


class Adoption(models.Model):
    """One choice: this OCID is that key, with what it keeps of its own."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="adoptions")
    key = models.CharField(max_length=80)
    ocid = models.CharField(max_length=400)
    kept = models.JSONField(default=dict, blank=True, help_text="Fields that stay as found: OCI cannot change them in place.")
    chosen_by = models.CharField(max_length=160)
    chosen_at = models.DateTimeField(default=now)

    objects: ClassVar[Any] = AdoptionQuerySet.as_manager()

    class Meta:
        ordering = ["environment", "key"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "key"], name="one_adoption_per_key"),
            models.UniqueConstraint(fields=["environment", "ocid"], name="one_key_per_adopted_resource"),
        ]

    def __str__(self) -> str:
        return f"{self.environment_id}:{self.key} is {self.ocid}"

    def keep(self, fields: dict[str, Any], *, by: str, at: datetime) -> None:
        """Let these fields stay as they were found."""
        self.kept, self.chosen_by, self.chosen_at = fields, by, at
