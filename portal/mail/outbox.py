"""Writing e-mails in the transaction of the act, so that none is lost and none is untrue."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.jobs.dispatch import submit
from portal.lib.retention import delete_older
from portal.mail.models import OutgoingEmail

ACTOR = "system:mail"
KIND = "mail.send"


def queue_email(people: Iterable[User], subject: str, body: str) -> int:
    """Write an e-mail to each person whose address is known, and return how many were written.

    They are sent after the commit. A mail server that does not answer never breaks the act: the
    e-mails wait, and are tried again for a day.
    """
    addresses = dict.fromkeys(person.email for person in people if person.email)
    title = " ".join(subject.split())[:200]  # a line break would begin another header
    OutgoingEmail.objects.bulk_create(
        OutgoingEmail(to=address, subject=title, body=body) for address in addresses
    )
    if addresses:
        transaction.on_commit(_submit, robust=True)
    return len(addresses)


def users_with_role(*roles: Role) -> list[User]:
    """Return the active people who hold one of the roles (any role when none is named)."""
    active = User.objects.filter(is_active=True).exclude(roles=[]).order_by("pk")
    return [user for user in active if has_role(user, *roles)]


def portal_url(path: str) -> str:
    """Return a page's whole address, for e-mails."""
    return f"{settings.PORTAL_URL.rstrip('/')}{path}"


def _submit() -> None:
    submit(KIND, actor=ACTOR, dedupe="mail")  # if this fails, the schedule sends


def delete_old() -> int:
    """Delete e-mails that are kept long enough, sent or given up."""
    over = OutgoingEmail.objects.exclude(sent_at=None, next_try_at__isnull=False)
    return delete_older(over, "emails", "written_at")
