"""The page of an environment's timeline."""

from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from environments.models import Environment
from portal.accounts.access import role_required
from portal.dashboard.timeline import collect
from portal.dashboard.timeline.mark import Span
from portal.dashboard.timeline.picture import draw, touches
from portal.lib.clock import now

RANGES = (1, 7, 30, 90)
LISTED = 200


@require_safe
@role_required()
def timeline(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what happened in an environment: `days` before `until` (UTC; default now)."""
    environment = Environment.objects.named(slug)
    days = next((days for days in RANGES if str(days) == request.GET.get("days")), 7)
    span = _span(request.GET.get("until", ""), days)
    marks = [mark for mark in collect.marks(slug, span) if touches(mark, span)]
    context = {
        "environment": environment,
        "days": days,
        "ranges": RANGES,
        "span": span,
        "picture": draw(marks, span, days=days),
        "marks": marks[:LISTED],
        "left_out": max(0, len(marks) - LISTED),
        "earlier": span.begin.isoformat(timespec="minutes"),
        "later": (
            (span.end + timedelta(days=days)).isoformat(timespec="minutes")
            if span.end < span.now
            else ""
        ),
    }
    return render(request, "dashboard/timeline.html", context)


def _span(until: str, days: int) -> Span:
    at = now()
    end = min(_parse_time(until) or at, at)
    return Span(end - timedelta(days=days), end, at)


def _parse_time(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.replace(" ", "+"))  # a plus sign in an address is a blank
    except (ValueError, OverflowError):
        return None
    if found is None or not 2000 <= found.year <= 3000:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
