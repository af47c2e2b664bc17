"""Gathers what happened in an environment from every app, from the database alone, in a fixed
number of queries.
"""

from typing import Any

from django.db.models import Q

from portal.dashboard.timeline.mark import MOST, Mark, Span
from portal.lib.tables import functions


def marks(slug: str, span: Span) -> list[Mark]:
    """Return everything that touches the span, newest first."""
    found = [mark for source in functions("TIMELINE_SOURCES") for mark in source(slug, span)]
    return sorted(found, key=lambda mark: mark.begin, reverse=True)


def lasting(rows: Any, span: Span, begin: str, end: str) -> Any:
    """Return the newest rows that overlap the span; `begin` and `end` name their columns, no
    end means that it lasts.
    """
    overlaps = Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": span.begin})
    return rows.filter(overlaps, **{f"{begin}__lte": span.end}).order_by(f"-{begin}")[:MOST]
