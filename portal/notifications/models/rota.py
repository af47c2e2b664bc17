"""The on-call rota of an environment: people week by week, with overrides."""

from datetime import date, datetime, time
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.notifications.shifts import Override, Rotation


def check_zone(value: str) -> None:
    """Refuse what is no time zone."""
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is no time zone; write one such as Europe/Berlin.")


class Rota(models.Model):
    """One environment's rota: its members take turns, in their order, a week each."""

    environment = models.CharField(max_length=64, unique=True)
    zone = models.CharField("time zone", max_length=60, default="UTC", validators=[check_zone])
    first_day = models.DateField(
        default=date.today, help_text="The first member's week begins on this day."
    )
    hour = models.PositiveSmallIntegerField(
        "hour of the change",
        default=9,
        validators=[MaxValueValidator(23)],
        help_text="Full hour, in the time zone of the rota.",
    )

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ["environment"]
        verbose_name = "on-call rota"

    def __str__(self) -> str:
        return f"on call for {self.environment}"

    @staticmethod
    def can_manage(user: object) -> bool:
        """Say whether the person may change rotas."""
        return has_role(user, Role.ADMIN)

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the rota."""
        return Act(verb, f"rota:{self.environment}", self.environment)

    def rotation(self) -> Rotation:
        """Return it as a value; members and overrides are read once when they are prefetched."""
        return Rotation(
            [one.user_id for one in self.members.all() if has_role(one.user)],
            datetime.combine(self.first_day, time(self.hour)),
            self.zone,
            [Override(one.user_id, one.starts, one.ends) for one in self.overrides.all()],
        )

    def described(self) -> dict[str, Any]:
        """Return what the audit trail keeps of it."""
        members = self.members.order_by("position", "pk").values_list("user__username", flat=True)
        overrides = self.overrides.filter(ends__gt=now()).order_by("starts")
        return {
            "zone": self.zone,
            "first_day": self.first_day.isoformat(),
            "hour": self.hour,
            "members": list(members),
            "overrides": [
                f"{one.user.username} {one.starts.isoformat()} to {one.ends.isoformat()}"
                for one in overrides.select_related("user")
            ],
        }


class RotaMember(models.Model):
    """One person's place in the order."""

    rota = models.ForeignKey(Rota, models.CASCADE, related_name="members")
    position = models.PositiveSmallIntegerField(default=1)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="person"
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.position}. {self.user}"


class RotaOverride(models.Model):
    """Somebody takes over for a while."""

    rota = models.ForeignKey(Rota, models.CASCADE, related_name="overrides")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="person"
    )
    starts = models.DateTimeField()
    ends = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__gt=models.F("starts")), name="override_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.starts:%Y-%m-%d %H:%M} to {self.ends:%Y-%m-%d %H:%M} UTC"


def person_on_call(environment: str, at: datetime) -> User | None:
    """Return who is on call for an environment; None without a rota or with a person who lost
    every role.
    """
    rota = Rota.objects.filter(environment=environment).prefetch_related(
        "members__user", "overrides"
    )
    found = rota.first()
    key = found.rotation().on_call(at) if found else None
    person = User.objects.filter(pk=key).first() if key else None
    return person if has_role(person) else None
