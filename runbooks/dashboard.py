"""Incidents on the dashboard: open ones, and when they lasted."""

from collections.abc import Iterator

from portal.accounts.models import User
from portal.dashboard.card import Card, CardCondition, add_lists, by_environment
from portal.dashboard.inbox import Item
from portal.dashboard.timeline.collect import lasting
from portal.dashboard.timeline.mark import Lane, Mark, Span
from runbooks.models import Incident


def add_to_cards(cards: list[Card]) -> None:
    """Add the open incidents of each environment, the newest first."""
    add_lists(cards, "incidents", by_environment(Incident.objects.open().order_by("-opened_at")))
    for card in cards:
        if card.parts["incidents"]:
            card.conditions.append(CardCondition(0, "incident", "bad", urgent=True))


def inbox(user: User) -> list[Item]:
    """Return the open incidents that no one acknowledged."""
    return [
        Item(
            "incident",
            incident.title,
            incident.get_absolute_url(),
            incident.environment.slug,
            incident.opened_at,
        )
        for incident in (
            Incident.objects.open().filter(acknowledged_at=None).select_related("environment")
        )
    ]


def timeline(slug: str, span: Span) -> Iterator[Mark]:
    """Yield incidents."""
    for one in lasting(
        Incident.objects.filter(environment__slug=slug), span, "opened_at", "resolved_at"
    ):
        still, url = one.resolved_at is None, one.get_absolute_url()
        shade = "bad" if still else "warn"
        yield Mark(
            Lane.INCIDENTS,
            one.opened_at,
            one.title,
            shade,
            one.resolved_at,
            still,
            url=url,
            short=one.kind,
        )
