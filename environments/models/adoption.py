"""Which resource, built by hand, a person chose for a key; a plan may then adopt it."""

from collections import Counter
from collections.abc import Iterable, Mapping
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
        """Return, by key, the fields that stay as they were found."""
        return {key: fields for key, fields in self.values_list("key", "kept") if fields}


class Adoption(models.Model):
    """One choice: this OCID is that key, with what it keeps of its own."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="adoptions")
    key = models.CharField(max_length=80)
    ocid = models.CharField(max_length=400)
    kept = models.JSONField(
        default=dict,
        blank=True,
        help_text="Fields that stay as found: OCI cannot change them in place.",
    )
    chosen_by = models.CharField(max_length=160)
    chosen_at = models.DateTimeField(default=now)

    objects: ClassVar[Any] = AdoptionQuerySet.as_manager()

    class Meta:
        ordering = ["environment", "key"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "key"], name="one_adoption_per_key"),
            models.UniqueConstraint(
                fields=["environment", "ocid"], name="one_key_per_adopted_resource"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.environment_id}:{self.key} is {self.ocid}"

    def choose(self, ocid: str, *, kept: dict[str, Any], by: str) -> None:
        """Say that this is meant, and what of it stays as it was found."""
        self.ocid, self.kept, self.chosen_by, self.chosen_at = ocid, kept, by, now()


class Discovery(models.Model):
    """What the last discovery of things built by hand found; it changes nothing."""

    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, related_name="discoveries"
    )
    at = models.DateTimeField()
    proposals = models.JSONField(default=list)
    settings = models.JSONField(
        default=dict,
        blank=True,
        help_text="Settings under which the blueprint wants what was found.",
    )
    wrong = models.JSONField(
        default=list, blank=True, help_text="Why these settings do not fit together."
    )
    problem = models.TextField(blank=True, help_text="Why nothing could be found out.")

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.environment_id} at {self.at:%Y-%m-%d %H:%M}"

    def store_settings(self, settings: Mapping[str, Any], problems: Iterable[object]) -> None:
        """Store the settings behind what was found, and why they do not fit."""
        self.settings, self.wrong = dict(settings), [str(problem) for problem in problems]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many keys stand in each way."""
        return dict(Counter(one["standing"] for one in self.proposals))

    @property
    def summary(self) -> str:
        """Say it in one line."""
        return (
            ", ".join(f"{count} {standing}" for standing, count in sorted(self.counts.items()))
            or "nothing"
        )
