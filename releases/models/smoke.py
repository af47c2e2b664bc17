"""The smoke test of an environment with the record of its runs."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from portal.accounts.roles import Role, has_role
from portal.lib.clock import now
from releases.smoke import conceptlens
from releases.smoke.steps import SmokeStep, parse, problems


def default_steps() -> list[dict[str, Any]]:
    """Return the test that every environment starts with."""
    return conceptlens.STEPS


def check_steps(value: Any) -> None:
    """Refuse steps that cannot run; each broken rule is one message."""
    found = problems(value)
    if found:
        raise ValidationError(found)


class SmokeTestSet(models.QuerySet["SmokeTest"]):
    """Smoke tests by environment."""

    def for_environment(self, environment: Any) -> "SmokeTest":
        """Return the environment's test; the first one to ask gets the standard test stored."""
        return self.get_or_create(environment=environment)[0]


class SmokeTest(models.Model):
    """An ordered list of requests with what must hold of their answers: data, so that it changes without new code."""

    environment = models.OneToOneField("environments.Environment", models.PROTECT, related_name="smoke_test")
    steps = models.JSONField(default=default_steps, validators=[check_steps], help_text="docs/releases.md shows the format.")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(default=now, editable=False)

    objects = SmokeTestSet.as_manager()

    def __str__(self) -> str:
        return f"smoke test of {self.environment.slug}"

    @staticmethod
    def can_edit(user: Any) -> bool:
        """Say whether the person may change what is tested."""
        return has_role(user, Role.ADMIN)

    @staticmethod
    def can_run(user: Any) -> bool:
        """Say whether the person may run it on the button: it writes test data into the application."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def parsed(self) -> list[SmokeStep]:
        """Return the steps, checked."""
        return parse(self.steps)


class SmokeRun(models.Model):
    """One run of a smoke test: evidence, written once."""

    environment = models.ForeignKey("environments.Environment", models.PROTECT, related_name="smoke_runs")
    deployment = models.ForeignKey("releases.Deployment", models.PROTECT, null=True, blank=True, related_name="smoke_runs")
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    passed = models.BooleanField()
    words = models.CharField("result", max_length=500)
    results = models.JSONField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["environment", "-id"])]

    def __str__(self) -> str:
        return f"smoke test of {self.environment.slug}: {'passed' if self.passed else 'failed'}"

    def get_absolute_url(self) -> str:
        """Return the page with every step."""
        return reverse("smoke-run", args=[self.pk])

    @property
    def seconds(self) -> float:
        """Return how long the run took."""
        return (self.ended_at - self.started_at).total_seconds()
