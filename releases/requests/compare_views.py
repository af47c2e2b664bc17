"""The page that compares two releases."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import role_required
from portal.accounts.requests import SignedInRequest
from portal.lib.refusal import Missing
from releases.models import Release
from releases.requests import comparison

OFFERED = 100


@require_safe
@role_required()
def compare(request: SignedInRequest) -> HttpResponse:
    """Show releases `a` and `b` side by side; while one is missing, let the person choose."""
    left, right = (_named(request.GET.get(name, "")) for name in ("a", "b"))
    offered = Release.objects.select_related("environment").defer("plan").order_by("-id")[:OFFERED]
    context: dict[str, Any] = {"left": left, "right": right, "releases": offered, "all": request.GET.get("all") == "1"}
    if left and right:
        sections = comparison.of(left, right)
        context["sections"] = [(name, found, sum(not one.kind for one in found)) for name, found in sections]
        context["commits"] = comparison.commits(left, right)
        context["environment"] = left.environment if left.environment_id == right.environment_id else None
    return render(request, "releases/compare.html", context)


def _named(text: str) -> Release | None:
    if not text:
        return None
    found = Release.objects.select_related("environment", "requested_by").prefetch_related("approvals")
    release = found.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 12 else None
    if release is None:
        raise Missing(f"There is no release {text[:20]!r}.", next_step="The list of releases has them all.")
    return release
