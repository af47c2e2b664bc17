"""What a person chose to be told of, where it differs from the default of their role."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction

from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.notifications.kinds import KINDS, EventKind


class NotificationPreference(models.Model):
    """One person's choices; a choice is named `kind@environment`, without one `kind@`."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_preference"
    )
    mail = models.BooleanField("by mail", default=True)
    browser = models.BooleanField("in the browser", default=False)
    added = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    removed = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return f"notifications of {self.user_id}"

    @classmethod
    def of(cls, user: User) -> "NotificationPreference":
        """Return the person's choices; unsaved defaults when they made none."""
        return getattr(user, "notification_preference", None) or cls(user=user)

    def wants(self, kind: EventKind, environment: str) -> bool:
        """Say whether the person is told of this kind in this environment."""
        choice = choice_name(kind, environment)
        if choice in self.added:
            return True
        return choice not in self.removed and kind.default_for(self.user.roles)

    def choose(
        self, chosen: Collection[str], environments: Collection[str], *, mail: bool, browser: bool
    ) -> None:
        """Keep what the person ticked among all kinds in these environments; audited."""
        added, removed = list[str](), list[str]()
        for kind in KINDS.values():
            for environment in filter(kind.happens_in, environments):
                name = choice_name(kind, environment)
                if (name in chosen) != kind.default_for(self.user.roles):
                    (added if name in chosen else removed).append(name)
        self.mail, self.browser, self.added, self.removed = mail, browser, added, removed
        detail = {"mail": mail, "browser": browser, "added": added, "removed": removed}
        act = Act(Verb.NOTIFICATIONS_CHOSEN, self.user.actor)
        with transaction.atomic():
            NotificationPreference.objects.update_or_create(user=self.user, defaults=detail)
            audit(act, actor=self.user.actor, detail=detail)


def choice_name(kind: EventKind, environment: str) -> str:
    """Return the name of one box of the page."""
    return f"{kind.name}@{environment}"
