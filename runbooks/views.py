"""The pages of incidents and runbooks: from database and files, except the probe."""

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from environments.models import Environment, ManagedResource
from portal.accounts.access import role_required
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Missing
from releases import page
from runbooks import incidents as history
from runbooks.alarms.muted import muted_alarms
from runbooks.models import Incident, Runbook
from runbooks.models.runbook import current
from runbooks.text import fill_in
from runbooks.triage import TYPES

SHOWN = 50


@require_GET
@role_required()
def muted(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the muted alarms of an environment, as a part of its page."""
    found = muted_alarms(Environment.objects.named(slug))
    return render(request, "runbooks/_muted.html", {"muted": found, "slug": slug})


@require_GET
@role_required()
def incidents(request: SignedInRequest) -> HttpResponse:
    """List what is open, then what was resolved last."""
    rows = Incident.objects.select_related("environment", "acknowledged_by")
    resolved = rows.filter(state=Incident.State.RESOLVED).order_by("-resolved_at")[:SHOWN]
    return render(
        request,
        "runbooks/incidents.html",
        {"open": rows.open().order_by("-opened_at"), "resolved": resolved},
    )


@require_GET
@role_required()
def incident(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show an incident: what to do, what runs, what changed, how to go back."""
    found = _incident(pk)
    guide = current(found.kind)
    context = {
        **page.live_context(found.environment, request.user, found),
        "runbook": guide,
        "text": fill_in(guide.html, _places(found)),
        "timeline": history.incident_events(found),
        "can_acknowledge": (
            found.state == Incident.State.OPEN and found.can_acknowledge(request.user)
        ),
        "can_resolve": found.is_open and found.can_resolve(request.user),
    }
    return render(request, "runbooks/incident.html", context)


@require_GET
@role_required()
def probe(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show how ConceptLens answers now; loaded after the page, and repeated."""
    found = _incident(pk)
    return render(
        request,
        "runbooks/_probe.html",
        {"incident": found, "health": history.probe(found.environment)},
    )


@require_POST
@role_required()
def acknowledge(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Acknowledge an incident."""
    found = _incident(pk)
    found.acknowledge(request.user)
    messages.success(request, "Acknowledged: everybody sees that you are at work on it.")
    return redirect(found)


@require_POST
@role_required()
def resolve(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Resolve an incident on a person's word."""
    found = _incident(pk)
    found.resolve_by_hand(request.user, reason=request.POST.get("reason", ""))
    messages.success(request, "Resolved.")
    return redirect(found)


@require_GET
@role_required()
def runbooks(request: SignedInRequest) -> HttpResponse:
    """List the runbooks."""
    edited = {row.kind: row for row in Runbook.objects.select_related("edited_by")}
    rows = [(kind, edited.get(slug)) for slug, kind in TYPES.items()]
    return render(request, "runbooks/runbooks.html", {"rows": rows})


@require_GET
@role_required()
def runbook(request: SignedInRequest, kind: str) -> HttpResponse:
    """Show one runbook, with the incidents of its kind."""
    if kind not in TYPES:
        raise Missing(
            f"There is no runbook {kind!r}.", next_step=f"The runbooks are: {', '.join(TYPES)}."
        )
    found = current(kind)
    context = {
        "runbook": found,
        "text": fill_in(found.html, {}),
        "can_edit": Runbook.can_edit(request.user),
        "recent": Incident.objects.filter(kind=kind).select_related("environment")[:10],
    }
    return render(request, "runbooks/runbook.html", context)


def _incident(pk: int) -> Incident:
    rows = Incident.objects.select_related(
        "environment", "alarm", "deployment__release", "deployment__job", "acknowledged_by"
    )
    places = {
        key: Subquery(_of_environment(key).values("ocid")[:1])
        for key in ("load_balancer", "db_system", "queue")
    }
    endpoint = Subquery(_of_environment("queue").values("facts__messagesEndpoint")[:1])
    found: Incident | None = rows.filter(pk=pk).annotate(**places, endpoint=endpoint).first()
    if found is None:
        step, act = "The list of incidents lists them all.", Act(Verb.REFUSED, f"incident:{pk}")
        raise Missing(f"There is no incident {pk}.", next_step=step, act=act)
    return found


def _of_environment(key: str) -> QuerySet[ManagedResource]:
    found: QuerySet[ManagedResource] = ManagedResource.objects.filter(
        environment=OuterRef("environment"), key=key
    )
    return found


def _places(found: Any) -> dict[str, str]:
    """Return what the commands of a runbook name in capitals, where the database knows it."""
    return {
        "C": found.environment.compartment_ocid,
        "LB": found.load_balancer or "",
        "DB": found.db_system or "",
        "QUEUE": found.queue or "",
        "MESSAGES_ENDPOINT": found.endpoint or "",
        "ALARM": found.alarm.ocid if found.alarm else "",
        "ENV": found.environment.slug,
    }
