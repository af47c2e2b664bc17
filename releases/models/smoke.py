"""The smoke test of an environment, its versions, the record of its runs."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from environments.models import Environment
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Refused
from releases.smoke import conceptlens
from releases.smoke.steps import SmokeStep, parse, problems

FIRST = "the standard test"


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

    def for_environment(self, environment: Environment) -> "SmokeTest":
        """Return the environment's test; the first one to ask gets the standard test stored."""
        with transaction.atomic():
            test, made = self.get_or_create(environment=environment)
            if made:
                test.versions.create(number=test.number, steps=test.steps, words=FIRST)
        return test


class SmokeTest(models.Model):
    """An ordered list of requests with their expected answers, as data."""

    environment = models.OneToOneField(
        "environments.Environment", models.PROTECT, related_name="smoke_test"
    )
    steps = models.JSONField(
        default=default_steps,
        validators=[check_steps],
        help_text="docs/releases.md shows the format.",
    )
    number = models.PositiveIntegerField("version", default=1, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    changed_at = models.DateTimeField(default=now, editable=False)

    objects = SmokeTestSet.as_manager()

    def __str__(self) -> str:
        return f"smoke test of {self.environment.slug}"

    def get_absolute_url(self) -> str:
        """Return the page with its runs."""
        return reverse("smoke", args=[self.environment.slug])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the test."""
        return Act(verb, f"smoke_test:{self.environment.slug}", self.environment.slug)

    @property
    def is_standard(self) -> bool:
        """Say whether it is the test that this version of the portal starts with."""
        return bool(self.steps == conceptlens.STEPS)

    @staticmethod
    def can_edit(user: User | AnonymousUser | None) -> bool:
        """Say whether the person may change what is tested."""
        return has_role(user, Role.ADMIN)

    @staticmethod
    def can_run(user: User | None) -> bool:
        """Say whether the person may run it: it writes test data into the application."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def change(
        self, steps: list[dict[str, Any]], *, by: User, base: int, words: str
    ) -> "SmokeVersion":
        """Put other steps in the place of version `base`; refuse when another change came first."""
        with transaction.atomic():
            mine = SmokeTest.objects.filter(pk=self.pk, number=base)
            if mine.update(steps=steps, number=base + 1, changed_by=by, changed_at=now()) != 1:
                self.refresh_from_db()
                raise Refused(
                    f"{self.changed_by or 'Somebody'} changed the {self} meanwhile: "
                    f"it is version {self.number} now, yours began "
                    f"version {self.number} now, yours started from version {base}.",
                    next_step="Your text is kept below; save again to replace theirs.",
                )
            self.refresh_from_db()
            return self.versions.create(number=self.number, steps=steps, by=by, words=words)


class SmokeVersion(models.Model):
    """What a smoke test was for a time: written once, for its runs."""

    test = models.ForeignKey(SmokeTest, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    steps = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    words = models.CharField("what changed", max_length=200, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["test", "number"], name="one_smoke_version_per_number")
        ]

    def __str__(self) -> str:
        return f"version {self.number}"

    def get_absolute_url(self) -> str:
        """Return the page that shows its steps."""
        return reverse("smoke-version", args=[self.pk])

    @property
    def fingerprint(self) -> str:
        """Return the digest of the steps: the same steps, the same digest."""
        return (
            "sha256:" + hashlib.sha256(json.dumps(self.steps, sort_keys=True).encode()).hexdigest()
        )

    def parsed(self) -> list[SmokeStep]:
        """Return the steps, checked."""
        return parse(self.steps)


@dataclass(frozen=True)
class Failing:
    """An environment whose test fails again and again on its schedule."""

    newest: "SmokeRun"
    runs: int
    since: datetime

    @property
    def words(self) -> str:
        """Say in one line what is wrong."""
        return (
            f"The smoke test of {self.newest.environment.slug} failed {self.runs} times in a row: "
            f"{self.newest.words}"
        )


class SmokeRunSet(models.QuerySet["SmokeRun"]):
    """Runs by what they tell."""

    def failing(self) -> list[Failing]:
        """Return where the last two runs or more failed, the newest on schedule."""
        last_good = (
            SmokeRun.objects.filter(environment=OuterRef("environment"), passed=True)
            .order_by("-id")
            .values("pk")[:1]
        )
        rows = (
            self.filter(pk__gt=Coalesce(Subquery(last_good), 0))
            .order_by()
            .values("environment")
            .annotate(runs=Count("pk"), since=Min("started_at"), newest=Max("pk"))
            .annotate(scheduled=Max("pk", filter=Q(origin=Origin.SCHEDULE)))
            .filter(runs__gte=2, scheduled=models.F("newest"))
        )
        streaks = {row["newest"]: row for row in rows}
        if not streaks:
            return []
        newest = (
            self.filter(pk__in=streaks)
            .select_related("environment")
            .defer("results")
            .order_by("environment__position")
        )
        return [
            Failing(run, streaks[run.pk]["runs"], streaks[run.pk]["since"])
            for run in newest
            if run.environment.setting("smoke_minutes")
        ]


class Origin(models.TextChoices):
    """What set a run off."""

    DEPLOYMENT = "deployment", "deployment"
    BUTTON = "button", "button"
    SCHEDULE = "schedule", "schedule"


class SmokeRun(models.Model):
    """One run: evidence; passed runs of a schedule are deleted after 90 days."""

    Origin = Origin

    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="smoke_runs"
    )
    deployment = models.ForeignKey(
        "releases.Deployment", models.PROTECT, null=True, blank=True, related_name="smoke_runs"
    )
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")
    version = models.ForeignKey(
        SmokeVersion, models.PROTECT, null=True, blank=True, related_name="+"
    )
    origin = models.CharField(
        "triggered by", max_length=12, choices=Origin.choices, default=Origin.BUTTON
    )
    url = models.CharField(
        "address", max_length=300, blank=True, help_text="Of the application that was asked."
    )
    request_id = models.CharField(
        max_length=64, blank=True, help_text="X-Request-ID of every request of the run."
    )
    passed = models.BooleanField()
    words = models.CharField("result", max_length=500)
    results = models.JSONField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(default=now)

    objects = SmokeRunSet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["environment", "-id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(origin__in=Origin.values), name="smoke_run_origin_known"
            )
        ]

    def __str__(self) -> str:
        return f"smoke test of {self.environment.slug}: {'passed' if self.passed else 'failed'}"

    def get_absolute_url(self) -> str:
        """Return the page with every step."""
        return reverse("smoke-run", args=[self.pk])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the run."""
        return Act(verb, f"smoke_run:{self.pk}", self.environment.slug)

    @property
    def seconds(self) -> float:
        """Return how long the run took."""
        return (self.ended_at - self.started_at).total_seconds()
