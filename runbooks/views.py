"""The pages of incidents and runbooks: from database and files, except the probe."""

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from environments import naming
from environments.blueprint.alarms import RULES
from environments.models import Environment, ManagedResource
from portal.accounts.access import role_required
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Missing
from releases import page
from runbooks import incidents as history
from runbooks.alarms.muted import muted_alarms
from runbooks.models import Alarm, Incident, Runbook
from runbooks.models.runbook import current
from runbooks.text import fill_in
from runbooks.triage import TYPES, UNKNOWN

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
        "text": fill_in(guide.html, _places(found, found.environment, found.alarm)),
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
def alarm(request: SignedInRequest, slug: str, name: str) -> HttpResponseBase:
    """Lead from an alarm's own text to its open incident, else to its runbook."""
    environment = Environment.objects.named(slug)
    found = Alarm.objects.filter(environment=environment, name=name).first()
    open_one = Incident.objects.of_alarm(found) if found else None
    if open_one is not None:
        return redirect(open_one)
    kind = found.incident_type if found else _type_of_rule(environment, name)
    query = urlencode({"environment": slug, "alarm": name})
    return redirect(f"{reverse('runbook', args=[kind])}?{query}")


@require_GET
@role_required()
def runbook(request: SignedInRequest, kind: str) -> HttpResponse:
    """Show one runbook, with the incidents of its kind; `?environment=` fills in its values.

    With `?alarm=` as well it says on top that this alarm has no open incident.
    """
    if kind not in TYPES:
        raise Missing(
            f"There is no runbook {kind!r}.", next_step=f"The runbooks are: {', '.join(TYPES)}."
        )
    found, name = current(kind), request.GET.get("alarm", "")
    slug = request.GET.get("environment", "")
    place = _with_places(Environment.objects.filter(slug=slug), "pk").first() if slug else None
    if slug and place is None:
        Environment.objects.named(slug)  # refuses, and names those that exist
    known = Alarm.objects.filter(environment=place, name=name).first() if place and name else None
    recent = Incident.objects.filter(kind=kind).select_related("environment")
    context = {
        "runbook": found,
        "text": fill_in(found.html, _places(place, place, known) if place else {}),
        "can_edit": Runbook.can_edit(request.user),
        "recent": (recent.filter(environment=place) if place else recent)[:10],
        "environment": place,
        "alarm": known or (Alarm(name=name, status="UNKNOWN") if place and name else None),
        "last": known.incidents.order_by("-opened_at").first() if known else None,
    }
    return render(request, "runbooks/runbook.html", context)


def _type_of_rule(environment: Environment, name: str) -> str:
    """Return the type of an alarm that Monitoring has not shown yet."""
    for short, rule in RULES.items():
        if name == naming.thing(environment.prefix, environment.slug, short):
            return rule.runbook
    return UNKNOWN


def _incident(pk: int) -> Incident:
    rows = Incident.objects.select_related(
        "environment", "alarm", "deployment__release", "deployment__job", "acknowledged_by"
    )
    found: Incident | None = _with_places(rows.filter(pk=pk), "environment").first()
    if found is None:
        step, act = "The list of incidents lists them all.", Act(Verb.REFUSED, f"incident:{pk}")
        raise Missing(f"There is no incident {pk}.", next_step=step, act=act)
    return found


def _with_places(rows: Any, environment: str) -> Any:
    """Add what runbooks name of the environment, whose key is in this column of the rows."""

    def of(key: str) -> QuerySet[ManagedResource]:
        return ManagedResource.objects.filter(environment=OuterRef(environment), key=key)

    places = {
        key: Subquery(of(key).values("ocid")[:1]) for key in ("load_balancer", "db_system", "queue")
    }
    endpoint = Subquery(of("queue").values("facts__messagesEndpoint")[:1])
    return rows.annotate(**places, endpoint=endpoint)


def _places(found: Any, environment: Environment, alarm: Alarm | None) -> dict[str, str]:
    """Return what the commands of a runbook name in capitals, where the database knows it."""
    return {
        "C": environment.compartment_ocid,
        "LB": found.load_balancer or "",
        "DB": found.db_system or "",
        "QUEUE": found.queue or "",
        "MESSAGES_ENDPOINT": found.endpoint or "",
        "ALARM": alarm.ocid if alarm else "",
        "ENV": environment.slug,
    }
