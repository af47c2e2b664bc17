"""The pages of the inventory: of one environment, of all, and as a file."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from environments.inventory.page import inventory_context, list_context
from environments.inventory.rows import InventoryQuery, rows
from environments.inventory.table import lines
from environments.models import Environment, ManagedResource
from portal.accounts.access import role_required
from portal.accounts.refusals import actor_of
from portal.audit.trail import audit
from portal.audit.verbs import Verb


@require_safe
@role_required()
def environments(request: HttpRequest) -> HttpResponse:
    """Show all environments, or what a search over all of them finds."""
    return render(request, "environments/list.html", list_context(request.GET))


@require_safe
@role_required()
def inventory(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the resources of an environment that fit."""
    return render(
        request,
        "environments/inventory.html",
        inventory_context(Environment.objects.named(slug), request.GET),
    )


@require_safe
@role_required()
def download(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """Hand the same rows out as a file; who took it is in the audit trail."""
    environment, wanted = Environment.objects.named(slug), InventoryQuery.parse(request.GET)
    found = list(
        wanted.narrow(ManagedResource.objects.filter(environment=environment)).order_by("key")
    )
    detail = {"rows": len(found), "q": wanted.text, "kind": wanted.kind, "state": wanted.state}
    audit(environment.act(Verb.INVENTORY_EXPORTED), actor=actor_of(request), detail=detail)
    answer = StreamingHttpResponse(
        lines(rows(found, [environment])), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="inventory-{slug}.csv"'
    return answer
