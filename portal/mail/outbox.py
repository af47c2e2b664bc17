"""Writing letters: in the transaction of the act, so that none is lost and none tells of what did not happen."""

import logging
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.jobs.dispatch import submit
from portal.mail.models import Letter

log = logging.getLogger(__name__)
ACTOR = "system:mail"
KIND = "mail.send"


def post(people: Iterable[User], subject: str, body: str) -> int:
    """Write a letter to each person whose address is known, and return how many; they leave after the commit.

    A mail server that does not answer never breaks the act: the letters wait, and are tried again for a day.
    """
    addresses = dict.fromkeys(person.email for person in people if person.email)
    title = " ".join(subject.split())[:200]  # a line break would begin another header
    Letter.objects.bulk_create(Letter(to=address, subject=title, body=body) for address in addresses)
    if addresses:
        transaction.on_commit(_ring, robust=True)
    return len(addresses)


def holders(*roles: Role) -> list[User]:
    """Return the active people who hold one of the roles (any role when none is named)."""
    return [user for user in User.objects.filter(is_active=True).exclude(roles=[]).order_by("pk") if has_role(user, *roles)]


def link(path: str) -> str:
    """Return a page's address as a letter shows it."""
    return f"{settings.PORTAL_URL.rstrip('/')}{path}"


def _ring() -> None:
    """Order the job that sends; when that fails the schedule does it."""
    submit(KIND, actor=ACTOR, dedupe="mail")
