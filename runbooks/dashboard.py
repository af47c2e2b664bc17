"""Incidents on the dashboard: open ones, and when they lasted."""

from collections.abc import Iterator

from django.urls import reverse

from portal.accounts.models import User
from portal.dashboard.card import Card, CardCondition, add_lists, by_environment
from portal.dashboard.inbox import Item
from portal.dashboard.timeline.collect import lasting
from portal.dashboard.timeline.mark import Lane, Mark, Span
from portal.lib.clock import now
from runbooks.alarms.muted import MutedAlarm, muted_alarms
from runbooks.models import Incident


def add_to_cards(cards: list[Card]) -> None:
    """Add the open incidents of each environment, the newest first, and its muted alarms."""
    add_lists(cards, "incidents", by_environment(Incident.objects.open().order_by("-opened_at")))
    muted: dict[int, list[MutedAlarm]] = {}
    for one in muted_alarms():
        muted.setdefault(one.alarm.environment_id, []).append(one)
    add_lists(cards, "muted", muted)
    for card in cards:
        if card.parts["incidents"]:
            card.conditions.append(CardCondition(0, "incident", "bad", urgent=True))
        if card.parts["muted"]:
            card.conditions.append(CardCondition(1, "alarms muted", "bad", urgent=True))


def inbox(user: User) -> list[Item]:
    """Return the open incidents that no one acknowledged, and the alarms that are muted."""
    muted = [
        Item(
            "muted alarm",
            one.words,
            reverse("drift", args=[one.alarm.environment.slug]),
            one.alarm.environment.slug,
            one.since or now(),
        )
        for one in muted_alarms()
    ]
    return muted + [
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
