"""API tokens, and the answers kept for repeated requests."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.acts.spec import TokenScope
from portal.api.scopes import roles_of
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Invalid

PREFIX = "portal_"
LONGEST_DAYS = 90
USED_EVERY = timedelta(
    minutes=1
)  # how often a use is noted; each request would make a write of every read


class ApiToken(models.Model):
    """The right of a program to act for its owner; only the digest of the secret is kept."""

    name = models.CharField(
        max_length=60,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9._-]*$", "small letters, digits, . _ -")],
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens"
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(
        max_length=4, editable=False, help_text="Last characters of the secret, to recognise it."
    )
    scopes = ArrayField(
        models.CharField(max_length=16, choices=[(s.value, s.value) for s in TokenScope])
    )
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.CharField(max_length=200, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.CharField(max_length=200, editable=False, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_token_per_name")]

    def __str__(self) -> str:
        return f"{self.owner.username}/{self.name}"

    @property
    def actor(self) -> str:
        """Return how audit rows name this token."""
        return f"token:{self}"

    @property
    def state(self) -> str:
        """Return active, expired or revoked."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= now() else "active"

    @staticmethod
    def can_manage(user: Any) -> bool:
        """Say whether the person may create and revoke tokens."""
        return has_role(user, Role.ADMIN)

    @classmethod
    def create(
        cls, *, name: str, owner: Any, scopes: list[str], expires_at: datetime, by: str
    ) -> tuple["ApiToken", str]:
        """Make a token and return it with its secret, which is shown once and never kept."""
        if not now() < expires_at <= now() + timedelta(days=LONGEST_DAYS):
            raise Invalid(
                f"expires_at is {expires_at:%Y-%m-%d}: a token lives at least a moment and at most"
                f" {LONGEST_DAYS} days."
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        token = cls(name=name, owner=owner, scopes=scopes, expires_at=expires_at, created_by=by)
        token.digest, token.hint = digest_of(secret), secret[-4:]
        token.save(force_insert=True)
        detail = {"scopes": scopes, "expires_at": expires_at, "owner": owner.actor}
        audit(Act(Verb.TOKEN_CREATED, token.actor), actor=by, detail=detail)
        return token, secret

    def revoke(self, by: str) -> None:
        """End the token now; doing it twice changes nothing."""
        if (
            type(self)
            .objects.filter(pk=self.pk, revoked_at=None)
            .update(revoked_at=now(), revoked_by=by)
        ):
            audit(Act(Verb.TOKEN_REVOKED, self.actor), actor=by)
        self.refresh_from_db()

    def note_use(self) -> None:
        """Keep when the token was last used, to the minute."""
        moment = now()
        if self.last_used_at is None or moment - self.last_used_at >= USED_EVERY:
            type(self).objects.filter(pk=self.pk).update(last_used_at=moment)

    def acting(self) -> "ActingToken":
        """Return the owner as far as this token may act for them."""
        values = {
            field.attname: getattr(self.owner, field.attname)
            for field in User._meta.concrete_fields
        }
        person = ActingToken(**{**values, "roles": roles_of(self.scopes, self.owner)})
        person._state.adding, person._state.db = False, self._state.db
        person.token = self
        return person


class ActingToken(User):
    """The owner of a token with the roles that the token may use; audit rows name the token.
    Never saved.
    """

    token: ApiToken

    class Meta:
        proxy = True

    @property
    def actor(self) -> str:
        """Return the token's name."""
        return self.token.actor

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: the roles of this copy are not the person's."""
        raise TypeError("the account behind a token cannot be saved through it")


class IdempotencyKey(models.Model):
    """The answer that was given to a request with an Idempotency-Key, so that the same
    request does nothing twice.
    """

    actor = models.CharField(max_length=200)
    key = models.CharField(max_length=128)
    request_digest = models.CharField(max_length=71)
    status = models.PositiveSmallIntegerField(default=0)
    response = models.TextField(
        help_text=(
            "The JSON that was sent, as text: a JSON column would put its keys in another order."
        )
    )
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"

    def keep(self, status: int, response: str) -> None:
        """Keep the answer."""
        self.status, self.response = status, response
        self.save()


def digest_of(secret: str) -> str:
    """Return what is kept of a secret; with 256 random bits a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
