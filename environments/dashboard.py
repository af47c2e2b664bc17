"""Environments on the dashboard: the cards, open drift in the inbox and on the timeline."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse

from environments.models import DriftItem, Environment
from portal.accounts.models import User
from portal.dashboard.card import Card, CardCondition
from portal.dashboard.inbox import Item
from portal.dashboard.timeline.collect import lasting
from portal.dashboard.timeline.mark import Lane, Mark, Span
from portal.lib.tone import tone


def make_cards() -> list[Card]:
    """Return a card for each environment, in the order of promotion."""
    # an aggregate drops the model's own ordering
    found: list[Any] = list(
        Environment.objects.annotate(resource_count=Count("resources")).order_by("position", "slug")
    )
    return [_card(environment, environment.resource_count) for environment in found]


def _card(environment: Environment, resource_count: int) -> Card:
    card = Card(environment.pk, environment.slug, environment.name, environment.get_absolute_url())
    card.parts["resources"] = resource_count
    word, rank = ("idle", 4) if resource_count else ("not provisioned", 2)
    card.conditions.append(CardCondition(rank, word, tone(word)))
    return card


def inbox(user: User) -> list[Item]:
    """Return open drift of what the person may plan: one line an environment, one query."""
    found = DriftItem.objects.open().drift().order_by()
    rows = found.values("environment__slug")
    return [
        _drift_line(row["environment__slug"], row["count"], row["since"])
        for row in rows.annotate(count=Count("pk"), since=Min("first_seen"))
        if Environment(slug=row["environment__slug"]).can_plan(user)
    ]


def _drift_line(slug: str, count: int, since: datetime) -> Item:
    words = f"{count} difference{'s' if count > 1 else ''} between {slug} and its settings"
    return Item("drift", words, reverse("drift", args=[slug]), slug, since)


def timeline(slug: str, span: Span) -> Iterator[Mark]:
    """Yield what was changed in OCI outside the portal."""
    found = DriftItem.objects.drift().filter(environment__slug=slug).select_related("environment")
    for one in lasting(found, span, "first_seen", "closed_at"):
        still, url, words = (
            one.closed_at is None,
            one.get_absolute_url(),
            f"{one}: {one.get_sort_display()}",
        )
        yield Mark(
            Lane.DRIFT, one.first_seen, words, "warn", one.closed_at, still, one.who, url, one.key
        )


def slugs() -> list[str]:
    """Return the short names of all environments, in the order of promotion."""
    return list(Environment.objects.values_list("slug", flat=True))
