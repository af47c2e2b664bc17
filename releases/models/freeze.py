"""Freeze windows: times in which nothing new is deployed, and the overrides of admins for
single releases.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from environments.models import Environment
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from releases.approvals import windows
from releases.approvals.windows import Window


class Repeats(models.TextChoices):
    """How a window comes again."""

    WEEKLY = windows.WEEKLY, "every week"
    YEARLY = windows.YEARLY, "every year"
    ONCE = windows.ONCE, "once"


class FreezeWindowSet(models.QuerySet["FreezeWindow"]):
    """Freeze windows by environment."""

    def over(self, environment: Environment) -> "FreezeWindowSet":
        """Return those that hold in an environment."""
        return self.filter(environments=environment, enabled=True)


class FreezeWindow(models.Model):
    """A time without deployments, by the wall clock of its time zone; rollbacks and
    break-glass are not held back.
    """

    Repeats = Repeats

    name = models.CharField(
        max_length=80,
        unique=True,
        help_text="People read it when they are refused: Weekend, Year end.",
    )
    environments = models.ManyToManyField("environments.Environment", related_name="freeze_windows")
    repeats = models.CharField(max_length=8, choices=Repeats.choices, default=Repeats.WEEKLY)
    starts = models.CharField(
        max_length=20,
        help_text="Every week: Fri 16:00. Every year: 12-20 16:00. Once: 2026-12-20 16:00.",
    )
    ends = models.CharField(
        max_length=20, help_text="The first moment that is free again, written like the start."
    )
    zone = models.CharField(
        "time zone", max_length=60, default="UTC", help_text="Such as Europe/Berlin."
    )
    enabled = models.BooleanField(default=True)

    objects: ClassVar[Any] = FreezeWindowSet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(repeats__in=Repeats.values), name="freeze_repeats_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the window."""
        return Act(verb, f"freeze:{self.pk}")

    @property
    def window(self) -> Window:
        """Return when it holds, for the pure rules."""
        return Window(self.name, self.repeats, self.starts, self.ends, self.zone)

    def clean(self) -> None:
        """Refuse what is no window, field by field, in words."""
        found = windows.problems(self.window) if self.repeats in Repeats.values else {}
        if found:
            raise ValidationError({field: [words] for field, words in found.items()})

    @staticmethod
    def can_change(user: object) -> bool:
        """Say whether the person may say when things are frozen."""
        return has_role(user, Role.ADMIN)


class FreezeOverride(models.Model):
    """An admin's word that one release may go in spite of a freeze; the database refuses the
    requester's own.
    """

    release = models.OneToOneField(
        "releases.Release", models.PROTECT, related_name="freeze_override"
    )
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    freeze = models.CharField(max_length=200, help_text="Which window was open, and until when.")
    reason = models.TextField(max_length=2000)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # (release, requester) also refers to the release's own pair by a composite foreign key,
            # as approvals do
            models.CheckConstraint(
                condition=~models.Q(by=models.F("requester")), name="override_is_not_the_requesters"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.by} overrides {self.freeze} for release {self.release_id}"
