"""A webhook: an address to which the events of one environment are posted."""

import secrets
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction

from portal.accounts.access import allow
from portal.accounts.encryption import decrypt, encrypt
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Invalid
from portal.notifications.addresses import host_of, problem_of_address
from portal.notifications.kinds import KINDS, EventKind


class WebhookFormat(models.TextChoices):
    """The body that the receiver understands."""

    JSON = "json", "generic JSON, signed"
    SLACK = "slack", "Slack-compatible"
    TEAMS = "teams", "Teams-compatible"


class Webhook(models.Model):
    """Address and key are kept encrypted: who holds the address may post in the channel."""

    environment = models.CharField(max_length=64, help_text="Whose events are posted.")
    name = models.CharField(max_length=60, help_text="For people, such as the channel's name.")
    format = models.CharField(max_length=8, choices=WebhookFormat.choices)
    host = models.CharField(max_length=255, editable=False)
    address_encrypted = models.TextField(editable=False)
    key_encrypted = models.TextField(editable=False, blank=True)
    kinds = ArrayField(
        models.CharField(max_length=40, choices=[(k.name, k.title) for k in KINDS.values()]),
        default=list,
        blank=True,
        help_text="What is posted; everything when none is chosen.",
    )
    created_by = models.CharField(max_length=200, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    turned_off_at = models.DateTimeField(null=True, editable=False)
    last_ok_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(
        max_length=500, blank=True, editable=False, help_text="Why the last message did not arrive."
    )

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ["environment", "name", "pk"]
        verbose_name = "notification webhook"

    def __str__(self) -> str:
        return f"{self.name} ({self.environment})"

    @property
    def masked(self) -> str:
        """Return the address without what must stay secret."""
        return f"https://{self.host}/…"

    @property
    def address(self) -> str:
        """Return the whole address; empty when no present key decrypts it."""
        return decrypt(self.address_encrypted) or ""

    @property
    def key(self) -> str:
        """Return the key of the signature; empty when the format has none."""
        return (decrypt(self.key_encrypted) or "") if self.key_encrypted else ""

    @property
    def condition(self) -> str:
        """Return off, failing, works or "not used yet"."""
        if self.turned_off_at:
            return "off"
        return "failing" if self.problem else "works" if self.last_ok_at else "not used yet"

    @staticmethod
    def can_manage(user: object) -> bool:
        """Say whether the person may add, test and turn off webhooks."""
        return has_role(user, Role.ADMIN)

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the webhook."""
        return Act(verb, f"webhook:{self.pk}", self.environment)

    def wants(self, kind: EventKind) -> bool:
        """Say whether events of this kind are posted."""
        return not self.kinds or kind.name in self.kinds

    @classmethod
    def create(
        cls,
        user: User,
        *,
        environment: str,
        name: str,
        format: str,
        address: str,
        kinds: list[str],
    ) -> tuple["Webhook", str]:
        """Add a webhook; return it with the key of its signature, which is shown once."""
        act = Act(Verb.NOTIFY_WEBHOOK_ADDED, environment=environment)
        allow(cls.can_manage(user), user, "add notification webhooks", act)
        if problem := problem_of_address(address):
            raise Invalid(f"address: {problem}", act=act)
        key = secrets.token_urlsafe(32) if format == WebhookFormat.JSON else ""
        made = cls(environment=environment, name=name, format=format, kinds=kinds)
        made.host, made.address_encrypted = host_of(address), encrypt(address)
        made.key_encrypted, made.created_by = encrypt(key) if key else "", user.actor
        with transaction.atomic():
            made.save(force_insert=True)
            detail = {"name": name, "format": format, "host": made.host, "kinds": kinds}
            audit(made.act(Verb.NOTIFY_WEBHOOK_ADDED), actor=user.actor, detail=detail)
        return made, key

    def turn_off(self, user: User) -> None:
        """Post nothing to it any more; what waits for it is dropped."""
        act = self.act(Verb.NOTIFY_WEBHOOK_OFF)
        allow(self.can_manage(user), user, "turn off notification webhooks", act)
        with transaction.atomic():
            still = Webhook.objects.filter(pk=self.pk, turned_off_at=None)
            if still.update(turned_off_at=now()):
                self.notices.filter(sent_at=None).update(
                    next_try_at=None, problem="The webhook was turned off."
                )
                audit(act, actor=user.actor, detail={"name": self.name, "host": self.host})
        self.refresh_from_db()

    def note_result(self, problem: str) -> None:
        """Keep whether the last message arrived: an empty problem means that it did."""
        values: dict[str, Any] = {"problem": problem[:500]}
        if not problem:
            values["last_ok_at"] = now()
        Webhook.objects.filter(pk=self.pk).update(**values)
