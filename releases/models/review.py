"""A review: the debt that a break-glass deployment leaves, until a second person closes it
with a finding.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Refused


class ReviewSet(models.QuerySet["Review"]):
    """Reviews by whether they wait."""

    def open(self) -> "ReviewSet":
        """Return those that are not closed yet, the oldest first."""
        return self.filter(closed_at=None).order_by("id")


class Review(models.Model):
    """Opened by breaking the glass. The database refuses its closing by the requester or by
    the person who broke the glass.
    """

    release = models.OneToOneField("releases.Release", models.PROTECT, related_name="review")
    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="reviews"
    )
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name="deployed by",
    )
    reason = models.TextField(max_length=2000)
    incident = models.CharField(max_length=300, help_text="Number or address of the incident.")
    waived = models.JSONField(default=list, help_text="Skipped checks: a list of sentences.")
    opened_at = models.DateTimeField(default=now)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    finding = models.TextField(blank=True, max_length=4000)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ReviewSet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reviewer=models.F("actor")),
                name="reviewer_did_not_break_the_glass",
            ),
            models.CheckConstraint(
                condition=~models.Q(reviewer=models.F("requester")),
                name="reviewer_did_not_ask_for_it",
            ),
            models.CheckConstraint(
                condition=~models.Q(reason="") & ~models.Q(incident=""),
                name="glass_broken_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, reviewer=None, finding="")
                | (
                    models.Q(closed_at__isnull=False, reviewer__isnull=False)
                    & ~models.Q(finding="")
                ),
                name="review_closed_with_a_finding",
            ),
        ]
        indexes = [
            models.Index(
                fields=["environment"], condition=models.Q(closed_at=None), name="open_reviews"
            )
        ]

    def __str__(self) -> str:
        return f"review of release {self.release_id}"

    def get_absolute_url(self) -> str:
        """Return the review's page."""
        return reverse("review", args=[self.pk])

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the review."""
        return Act(verb, f"review:{self.pk}", self.environment.slug)

    @property
    def is_open(self) -> bool:
        """Say whether it still blocks the next release."""
        return self.closed_at is None

    @property
    def state(self) -> str:
        """Return the word for pages: open is what incidents are."""
        return "to review" if self.is_open else "reviewed"

    def can_close(self, user: User) -> bool:
        """Say whether the person may close it: neither who broke the glass nor who asked for
        the release.
        """
        return has_role(user, Role.DEPLOYER, Role.ADMIN) and user.pk not in (
            self.actor_id,
            self.requester_id,
        )

    def close(self, by: User, finding: str) -> None:
        """Settle the debt; the second call is refused."""
        at = now()
        if (
            Review.objects.open()
            .filter(pk=self.pk)
            .update(reviewer=by, finding=finding, closed_at=at)
            != 1
        ):
            raise Refused(
                f"The review of release {self.release_id} is closed already.",
                next_step="Its page says by whom and what was found.",
                act=self.act(Verb.REVIEW_CLOSED),
            )
        self.reviewer, self.finding, self.closed_at = by, finding, at
