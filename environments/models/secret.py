"""The environment's secrets, as references: where in Vault, which version, never a value."""

from datetime import datetime

from django.db import models
from django.urls import reverse

from environments.models.environment import Environment
from portal.audit.verbs import Verb
from portal.lib.act import Act


class SecretReference(models.Model):
    """One secret in Vault, by name."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=80)
    secret_ocid = models.CharField(max_length=255)
    version_number = models.PositiveIntegerField(default=1)
    set_by = models.CharField(
        max_length=160, blank=True, help_text="Empty while the value is the one that Vault made up."
    )
    set_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["environment", "name"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="one_reference_per_secret")
        ]

    def __str__(self) -> str:
        return f"{self.environment_id}:{self.name}@{self.version_number}"

    def get_absolute_url(self) -> str:
        """Return the page on which it is set."""
        return reverse("secret", args=[self.environment.slug, self.name])

    @property
    def is_placeholder(self) -> bool:
        """Say whether it still has the placeholder that Vault generated."""
        return not self.set_by and self.version_number <= 1

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the secret."""
        slug = self.environment.slug
        return Act(verb, f"secret:{slug}/{self.name}", slug)

    def store_version(self, number: int, *, by: str, at: datetime) -> None:
        """Remember the version that was just stored in Vault, and who stored it."""
        self.version_number, self.set_by, self.set_at = number, by, at
