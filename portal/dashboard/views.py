"""The front page with the inbox."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.accounts.access import role_required
from portal.accounts.requests import SignedInRequest
from portal.dashboard.card import cards, page_of
from portal.dashboard.inbox import items
from portal.dashboard.jobs import recent


@role_required()
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the environments, what waits, and the last jobs; `?part=cards` answers the part
    that refreshes itself.
    """
    template = (
        "dashboard/_cards.html" if request.GET.get("part") == "cards" else "dashboard/index.html"
    )
    page = page_of(cards(), request.GET.get("page"))
    return render(
        request,
        template,
        {"cards": page, "page": page, "jobs": recent().order_by("-created_at")[:8]},
    )


@role_required()
def inbox(request: SignedInRequest) -> HttpResponse:
    """Show everything that waits for the person who looks."""
    return render(request, "dashboard/inbox.html", {"items": items(request.user)})


@role_required()
def inbox_count(request: SignedInRequest) -> HttpResponse:
    """Answer the number beside the sidebar's inbox; empty when nothing waits."""
    return render(request, "dashboard/_count.html", {"number": len(items(request.user))})
