"""The card of an environment on the dashboard, filled by each app in turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator

from portal.lib.tables import functions

CARDS = 24  # on one page


@dataclass(frozen=True)
class CardCondition:
    """One thing to say of an environment; the lowest rank is shown. `urgent` brings its card
    to the front.
    """

    rank: int
    word: str
    tone: str
    urgent: bool = False


@dataclass
class Card:
    """One environment at a glance: `parts` holds what each app adds for the template, by name."""

    key: int
    slug: str
    name: str
    url: str
    parts: dict[str, Any] = field(default_factory=dict)
    conditions: list[CardCondition] = field(default_factory=list)

    @property
    def status(self) -> CardCondition:
        """Return what is most important to say."""
        return min(self.conditions, key=lambda one: one.rank)

    @property
    def urgent(self) -> bool:
        """Say whether it needs somebody."""
        return any(one.urgent for one in self.conditions)


def cards() -> list[Card]:
    """Return a card for each environment, in the order of promotion, in a number of queries that
    does not depend on them.

    The first function of DASHBOARD_CARDS makes the cards, the others add to them.
    """
    make, *fill = functions("DASHBOARD_CARDS")
    found: list[Card] = make()
    for add in fill:
        add(found)
    return found


def page_of(every: list[Card], page: str | None = None) -> Page[Card]:
    """Return one page of the cards; where they do not fit on one, those that need somebody
    come first.
    """
    if len(every) > CARDS:
        every = sorted(every, key=lambda card: not card.urgent)
    return Paginator(every, CARDS).get_page(page)


def add_lists(cards: list[Card], part: str, rows: Mapping[int, list[Any]]) -> None:
    """Put a list into each card, by the primary key of its environment."""
    for card in cards:
        card.parts[part] = rows.get(card.key, [])


def by_environment(rows: Any) -> dict[int, list[Any]]:
    """Group rows by the environment that they belong to."""
    groups: dict[int, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.environment_id, []).append(row)
    return groups
