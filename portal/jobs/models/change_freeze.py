"""A change freeze: from now until an admin lifts it, no job changes anything in OCI."""

from typing import ClassVar

from django.db import IntegrityError, models, transaction
from django.urls import reverse

from portal.accounts.roles import Role, has_role
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Refused


class ChangeFreezeSet(models.QuerySet["ChangeFreeze"]):
    """Freezes by what is asked of them."""

    def in_force(self, environment: str = "") -> "ChangeFreezeSet":
        """Return those that hold for an environment: its own, and that of the whole portal."""
        return self.filter(lifted_at=None, environment__in=["", environment])

    def acknowledged(self, cause: str) -> bool:
        """Say whether an admin has lifted a freeze that had this cause."""
        return self.filter(cause=cause, lifted_at__isnull=False).exists()

    def begin(
        self, environment: str, *, actor: str, reason: str, cause: str = ""
    ) -> "ChangeFreeze":
        """Freeze an environment, or with "" everything; return the one that is in force already."""
        made = ChangeFreeze(environment=environment, started_by=actor, reason=reason, cause=cause)
        try:
            with transaction.atomic():
                made.save(force_insert=True)
                audit(made.act(Verb.CHANGES_FROZEN), actor=actor, detail={"reason": reason})
        except IntegrityError:
            return self.get(environment=environment, lifted_at=None)
        return made


class ChangeFreeze(models.Model):
    """One freeze; an empty environment means all of them."""

    environment = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    cause = models.CharField(
        max_length=200, blank=True, help_text="What the portal itself found, once for each."
    )
    started_by = models.CharField(max_length=200)
    started_at = models.DateTimeField(default=now)
    lifted_by = models.CharField(max_length=200, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_because = models.TextField(blank=True)

    objects: ClassVar[ChangeFreezeSet] = ChangeFreezeSet.as_manager()  # type: ignore[assignment]

    class Meta:
        app_label = "jobs"
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment"],
                condition=models.Q(lifted_at=None),
                name="one_change_freeze_per_environment",
            )
        ]

    def __str__(self) -> str:
        return f"change freeze of {self.place}"

    def get_absolute_url(self) -> str:
        """Return its page in the admin."""
        return reverse("admin:jobs_changefreeze_change", args=[self.pk])

    @property
    def place(self) -> str:
        """Return what is frozen, in words."""
        return self.environment or "the whole portal"

    @property
    def words(self) -> str:
        """Return what a person reads whose act it stops."""
        since = f"{self.started_at:%Y-%m-%d %H:%M} UTC"
        return (
            f"Changes of {self.place} are frozen since {since} by {self.started_by}: {self.reason}"
        )

    def can_lift(self, user: object) -> bool:
        """Say whether the person may lift it."""
        return self.lifted_at is None and has_role(user, Role.ADMIN)

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the freeze."""
        subject = f"environment:{self.environment}" if self.environment else "portal"
        return Act(verb, subject, self.environment)

    def lift(self, *, actor: str, reason: str) -> None:
        """Let changes go on."""
        act = self.act(Verb.CHANGES_RESUMED)
        with transaction.atomic():
            moved = ChangeFreeze.objects.filter(pk=self.pk, lifted_at=None).update(
                lifted_at=now(), lifted_by=actor, lifted_because=reason
            )
            if not moved:
                raise Refused(
                    f"The {self} is lifted already.", next_step="Nothing is to be done.", act=act
                )
            audit(act, actor=actor, detail={"reason": reason})
        self.refresh_from_db()


NEXT_STEP = "An admin lifts it under Change freezes when it is understood what happened."


def refuse_while_frozen(environment: str, act: Act | None = None) -> None:
    """Raise Refused while a freeze holds for the environment; asked in the transaction that
    admits.
    """
    frozen = ChangeFreeze.objects.in_force(environment).first()
    if frozen is not None:
        raise Refused(frozen.words, next_step=NEXT_STEP, act=act)
