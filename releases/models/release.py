"""A release: what shall run in one environment, who asked for it, how far it got."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Refused
from releases.approvals.tally import Tally, Vote, tally
from releases.requests.plan import ReleasePlan

VERSION = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,59}\Z", "1 to 60 letters, digits or . _ + - signs."
)
GIT_SHA = RegexValidator(r"^[0-9a-f]{7,40}\Z", "7 to 40 hexadecimal digits, in small letters.")
DIGEST = RegexValidator(r"^sha256:[0-9a-f]{64}\Z", "sha256: with 64 hexadecimal digits.")
ALEMBIC = RegexValidator(
    r"^[0-9A-Za-z_]{4,64}\Z",
    "4 to 64 letters, digits or underscores, as `alembic heads` prints it.",
)

APPROVERS = {
    "deployers": (Role.DEPLOYER, Role.ADMIN),
    "admins": (Role.ADMIN,),
}  # by the setting `approvers`


class ReleaseState(models.TextChoices):
    """How far a release got; the table of moves is below, and again in the database."""

    REQUESTED = "requested", "awaiting approval"
    APPROVED = "approved", "approved"
    DENIED = "denied", "denied"
    WITHDRAWN = "withdrawn", "withdrawn"
    EXPIRED = "expired", "expired"
    DEPLOYING = "deploying", "deploying"
    DEPLOYED = "deployed", "deployed"
    FAILED = "failed", "failed"


MOVES: dict[str, tuple[str, ...]] = {
    ReleaseState.REQUESTED: (
        ReleaseState.APPROVED,
        ReleaseState.DENIED,
        ReleaseState.WITHDRAWN,
        ReleaseState.EXPIRED,
    ),
    ReleaseState.APPROVED: (
        ReleaseState.DEPLOYING,
        ReleaseState.DENIED,
        ReleaseState.WITHDRAWN,
        ReleaseState.EXPIRED,
    ),
    ReleaseState.DEPLOYING: (ReleaseState.DEPLOYED, ReleaseState.FAILED),
}


class ReleaseSet(models.QuerySet["Release"]):
    """Releases by what they wait for."""

    def awaiting_approval(self) -> "ReleaseSet":
        """Return those that somebody has to decide on."""
        return self.filter(state=ReleaseState.REQUESTED)

    def open(self) -> "ReleaseSet":
        """Return those that may still be deployed."""
        return self.filter(state__in=(ReleaseState.REQUESTED, ReleaseState.APPROVED))


class Release(models.Model):
    """One request to run two images in one environment; the plan and everything it binds
    never change once written.
    """

    State = ReleaseState

    environment = models.ForeignKey(
        "environments.Environment", models.PROTECT, related_name="releases"
    )
    version = models.CharField(max_length=60, validators=[VERSION])
    git_sha = models.CharField("git commit", max_length=40, validators=[GIT_SHA])
    api_tag = models.CharField("API image tag", max_length=128)
    api_digest = models.CharField("API image digest", max_length=71, validators=[DIGEST])
    worker_tag = models.CharField("worker image tag", max_length=128)
    worker_digest = models.CharField("worker image digest", max_length=71, validators=[DIGEST])
    bundle = models.ForeignKey(
        "releases.Bundle",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="releases",
        verbose_name="frontend bundle",
    )
    alembic_head = models.CharField(
        "expected Alembic head", max_length=64, blank=True, validators=[ALEMBIC]
    )
    notes = models.TextField(blank=True, max_length=4000)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="requested_releases"
    )
    requested_at = models.DateTimeField(default=now)
    plan = models.JSONField(help_text="What will run; people approve the digest of exactly this.")
    digest = models.CharField("plan digest", max_length=71, validators=[DIGEST])
    needed = models.PositiveSmallIntegerField("approvals needed")
    expires_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When request and approvals expire; enforced by the database.",
    )
    source = models.ForeignKey(
        "releases.Deployment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="promoted from",
    )
    expected_seconds = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=16, choices=ReleaseState.choices, default=ReleaseState.REQUESTED
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, max_length=2000)
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")

    objects = ReleaseSet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["id", "requested_by"], name="release_with_requester"),
            models.CheckConstraint(
                condition=models.Q(state__in=ReleaseState.values), name="release_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["environment", "state"]),
            models.Index(fields=["job"]),
            models.Index(fields=["environment", "digest"]),
        ]

    def __str__(self) -> str:
        return f"{self.version} for {self.environment.slug}"

    def get_absolute_url(self) -> str:
        """Return the address of the release's page."""
        return reverse("release", args=[self.pk])

    @property
    def subject(self) -> str:
        """Return how audit rows name this release."""
        return f"release:{self.pk}"

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the release."""
        return Act(verb, self.subject, self.environment.slug)

    @property
    def parsed_plan(self) -> ReleasePlan:
        """Return the plan as a value; `plan` itself is the JSON that the digest is of."""
        return ReleasePlan.from_json(self.plan)

    @property
    def is_open(self) -> bool:
        """Say whether the release may still be deployed."""
        return self.state in (ReleaseState.REQUESTED, ReleaseState.APPROVED)

    @property
    def is_break_glass(self) -> bool:
        """Say whether somebody broke the glass for it: it needs no approval then, and left a
        review.
        """
        return hasattr(self, "review")

    def is_over(self, at: datetime) -> bool:
        """Say whether the time to agree to it and to deploy it has run out."""
        return self.expires_at is not None and self.expires_at <= at

    @staticmethod
    def can_request(user: object) -> bool:
        """Say whether the person may ask for releases at all."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def can_approve(self, user: User) -> bool:
        """Say whether the person may agree: somebody other than the requester, of the group
        that the environment asks for.
        """
        return (
            has_role(user, *APPROVERS[self.environment.setting("approvers")])
            and user.pk != self.requested_by_id
        )

    def can_deny(self, user: User) -> bool:
        """Say whether the person may turn the request down; the requester withdraws instead."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN) and user.pk != self.requested_by_id

    def can_override_freeze(self, user: User) -> bool:
        """Say whether the person may let it go in spite of a freeze: an admin other than the
        requester.
        """
        return has_role(user, Role.ADMIN) and user.pk != self.requested_by_id

    @staticmethod
    def can_break_glass(user: object) -> bool:
        """Say whether the person may deploy it at once without approvals: deployers and admins."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def can_withdraw(self, user: User) -> bool:
        """Say whether the person may take the request back."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN) and user.pk == self.requested_by_id

    def can_deploy(self, user: object) -> bool:
        """Say whether the person may start the deployment of an approved release."""
        return has_role(user, Role.DEPLOYER, Role.ADMIN)

    def tally(self) -> Tally:
        """Count the approvals as they stand now, each approver's right asked again."""
        votes = [
            Vote(approval.approver.username, approval.digest, self.can_approve(approval.approver))
            for approval in self.approvals.select_related("approver").order_by("id")
        ]
        return tally(
            needed=self.needed,
            digest=self.digest,
            requester=self.requested_by.username,
            votes=votes,
        )

    def mark_approved(self) -> None:
        """Enough people agreed."""
        self._move(ReleaseState.APPROVED)

    def mark_denied(self, by: User | None, reason: str) -> None:
        """Somebody turned it down, for good."""
        self._move(ReleaseState.DENIED, decided_by=by, decided_at=now(), reason=reason)

    def mark_withdrawn(self, by: User | None, reason: str) -> None:
        """It was taken back: by its requester, for a newer one, or (`by` None) as the
        environment is no longer the same.
        """
        self._move(ReleaseState.WITHDRAWN, decided_by=by, decided_at=now(), reason=reason)

    def mark_expired(self) -> None:
        """It expired before it was deployed."""
        self._move(
            ReleaseState.EXPIRED, decided_at=now(), reason="It expired before it was deployed."
        )

    def mark_deploying(self, job: Job) -> None:
        """A job carries it out."""
        self._move(ReleaseState.DEPLOYING, job=job)

    def mark_deployed(self) -> None:
        """It took the traffic and passed its test."""
        self._move(ReleaseState.DEPLOYED)

    def mark_failed(self, reason: str) -> None:
        """It did not get there; the reason says where the traffic is."""
        self._move(ReleaseState.FAILED, reason=reason)

    def _move(self, to: str, **changes: Any) -> None:
        """Move by a counted update: the second call is refused instead of overwriting."""
        origins = [origin for origin, targets in MOVES.items() if to in targets]
        moved = Release.objects.filter(pk=self.pk, state__in=origins).update(state=to, **changes)
        if moved != 1:
            self.refresh_from_db(fields=["state"])
            raise Refused(
                f"Release {self.pk} ({self}) is {self.get_state_display()}: it cannot become "
                f"{ReleaseState(to).label}.",
                next_step=(
                    "Open its page to see who decided; request it again if it shall run after all."
                ),
                act=self.act(Verb.REFUSED),
            )
        self.state = to
        for name, value in changes.items():
            setattr(self, name, value)
