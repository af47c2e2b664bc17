"""Accounts: one person, known by issuer and subject, with the roles that the identity
provider gave at the last sign-in.
"""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models

from portal.accounts.roles import Role


class User(AbstractUser):
    """A person. `roles` is replaced at every sign-in from the groups in the token; nothing
    else grants a right.
    """

    issuer = models.CharField(
        max_length=255, blank=True, help_text="Identity provider; empty for a break-glass account."
    )
    subject = models.CharField(
        max_length=255, blank=True, help_text="The person's `sub` at that provider."
    )
    roles = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    is_staff = models.BooleanField(
        default=True, editable=False, help_text="Opens unfold's search; grants nothing."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                condition=~models.Q(subject=""),
                name="one_person_per_subject",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def actor(self) -> str:
        """Return how audit rows name this person."""
        return f"user:{self.username}"

    @property
    def is_break_glass(self) -> bool:
        """Say whether this is a local account, unknown to the identity provider."""
        return not self.issuer

    def update_from_claims(
        self, *, first_name: str, last_name: str, email: str, roles: list[str]
    ) -> bool:
        """Store what the identity provider says of the person now, both ways; say whether
        anything changed.
        """
        word = {"first_name": first_name, "last_name": last_name, "email": email, "roles": roles}
        changed = [name for name, value in word.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, word[name])
        if changed:
            self.save(update_fields=changed)
        return bool(changed)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Let everybody with a role look; changes are asked of each admin class's own
        predicates, and default to admins.
        """
        if not (self.is_active and self.roles):
            return False
        return ".view_" in perm or Role.ADMIN in self.roles

    def has_module_perms(self, app_label: str) -> bool:
        """Show every app to everybody with a role."""
        return bool(self.is_active and self.roles)
