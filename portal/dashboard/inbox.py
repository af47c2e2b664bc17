"""One inbox: everything that waits for the person who looks."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.models import User
from portal.lib.tables import functions


@dataclass(frozen=True)
class Item:
    """One thing that waits: what, where, since when."""

    kind: str
    title: str
    url: str
    environment: str
    since: datetime


def items(user: User) -> list[Item]:
    """Return what waits for this person, the oldest first; a constant number of queries."""
    found = [item for source in functions("DASHBOARD_INBOX") for item in source(user)]
    return sorted(found, key=lambda item: item.since)


def badge(request: HttpRequest) -> str:
    """Return where the number beside the sidebar's inbox is found: asked after the page, so
    that no page waits for it.
    """
    return reverse("inbox-count")
