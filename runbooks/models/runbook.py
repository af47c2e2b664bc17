"""A runbook that an admin has edited; where there is none, the text that came with the portal
holds.
"""

import difflib
from typing import Any, ClassVar

from django.db import models, transaction
from django.urls import reverse

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.canonical import digest
from portal.lib.clock import now
from runbooks import text as texts
from runbooks.triage import TYPES


class Runbook(models.Model):
    """The edited text of one incident type, with its HTML, made once when it was saved."""

    kind = models.CharField(
        "type",
        max_length=40,
        unique=True,
        choices=[(kind.slug, kind.title) for kind in TYPES.values()],
    )
    text = models.TextField(help_text="Markdown, at most 64 KiB. HTML in it is shown as text.")
    html = models.TextField(editable=False)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")
    edited_at = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        ordering = ["kind"]

    def __str__(self) -> str:
        return TYPES[self.kind].title

    def get_absolute_url(self) -> str:
        """Return the runbook's page."""
        return reverse("runbook", args=[self.kind])

    @staticmethod
    def can_edit(user: object) -> bool:
        """Say whether the person may change the runbooks."""
        return has_role(user, Role.ADMIN)

    def edit(self, text: str, user: User) -> None:
        """Keep a new text; the trail keeps the difference."""
        self._refuse_edit(user)
        before = current(self.kind).text
        self.text, self.html = text, texts.render_unknown(text)
        self.edited_by, self.edited_at = user, now()
        with transaction.atomic():
            self.save()
            self._audit(user, before, text)

    def restore_shipped(self, user: User) -> None:
        """Return to the text that came with the portal."""
        self._refuse_edit(user)
        with transaction.atomic():
            self.delete()
            self._audit(user, self.text, texts.shipped_text(self.kind))

    def act(self, verb: Verb) -> Act:
        """Return the act of doing this to the runbook."""
        return Act(verb, f"runbook:{self.kind}")

    def _refuse_edit(self, user: User) -> None:
        allow(self.can_edit(user), user, "edit runbooks", self.act(Verb.RUNBOOK_CHANGED))

    def _audit(self, user: User, before: str, after: str) -> None:
        difference = difflib.unified_diff(
            before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=0
        )
        detail = {"before": digest(before), "after": digest(after), "difference": list(difference)}
        audit(self.act(Verb.RUNBOOK_CHANGED), actor=user.actor, detail=detail)


def current(kind: str) -> Runbook:
    """Return the runbook that holds: the edited one, else (unsaved) the one that came with
    the portal.
    """
    return Runbook.objects.select_related("edited_by").filter(kind=kind).first() or Runbook(
        kind=kind, text=texts.shipped_text(kind), html=texts.shipped_html(kind), edited_by=None
    )


def all_runbooks() -> list[tuple[str, str, str]]:
    """Return type, title and text (Markdown) of each runbook as it holds now."""
    return [(kind.slug, kind.title, current(kind.slug).text) for kind in TYPES.values()]
