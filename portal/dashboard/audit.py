"""The page of the audit trail: newest first, narrowed by what an operator remembers."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from portal.accounts.access import role_required
from portal.accounts.roles import Role, has_role
from portal.audit.checkpoint import latest, sealed
from portal.audit.models import Event
from portal.audit.verbs import Outcome, Verb
from portal.lib.tables import environment_slugs

PAGE = 50
EXPORTED = ("actor", "verb", "environment", "since", "until")
ANY = [("", "any")]
BY_PEOPLE = (
    Q(actor__startswith="user:") | Q(actor__startswith="token:") | Q(actor__startswith="command:")
)


class Filters(forms.Form):
    """What the rows must have in common."""

    actor = forms.CharField(
        max_length=300, required=False, widget=forms.TextInput(attrs={"placeholder": "user:ada"})
    )
    verb = forms.ChoiceField(
        choices=ANY + [(verb.value, verb.value) for verb in Verb], required=False
    )
    environment = forms.ChoiceField(required=False)
    by = forms.ChoiceField(
        choices=[("", "everybody"), ("people", "people only")], required=False, label="Who"
    )
    outcome = forms.ChoiceField(
        choices=ANY + [(outcome.value, outcome.value) for outcome in Outcome], required=False
    )
    since = forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"placeholder": "2026-03-01 12:00 (UTC)"})
    )
    until = forms.DateTimeField(
        required=False, widget=forms.DateTimeInput(attrs={"placeholder": "2026-03-02 (UTC)"})
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        slugs = [(slug, slug) for slug in environment_slugs()]
        self.fields["environment"] = forms.ChoiceField(choices=ANY + slugs, required=False)

    def narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Keep the events that fit."""
        looks = {"since": "at__gte", "until": "at__lt"}
        given = {
            looks.get(name, name): value
            for name, value in self.cleaned_data.items()
            if value and name != "by"
        }
        return events.filter(**given).filter(BY_PEOPLE if self.cleaned_data["by"] else Q())


@require_safe
@role_required()
def audit(request: HttpRequest) -> HttpResponse:
    """Show 50 rows; `before` names the last one seen, so that a page deep in the trail costs
    what the first one costs.
    """
    filters = Filters(request.GET)
    usable = filters.is_valid()
    rows = (
        list(_older(filters.narrow(Event.objects.select_related("seal")), request)[: PAGE + 1])
        if usable
        else []
    )
    given = {name: request.GET[name] for name in filters.fields if request.GET.get(name)}
    context = {
        "filters": filters,
        "narrowed": bool(given),
        "rows": [_row(event) for event in rows[:PAGE]],
        "older": urlencode({**given, "before": _mark(rows[PAGE - 1])}) if len(rows) > PAGE else "",
        "head": latest(),
        "exports": (
            _exports(filters)
            if usable and has_role(request.user, Role.AUDITOR, Role.ADMIN)
            else None
        ),
    }
    return render(request, "audit/list.html", context, status=200 if usable else 400)


def _older(events: QuerySet[Event], request: HttpRequest) -> QuerySet[Event]:
    at, _, number = request.GET.get("before", "").partition("_")
    moment = _moment(at)
    if moment and number.isdigit():
        events = events.filter(
            Q(at__lt=moment) | Q(at=moment, id__lt=int(number[:18])), at__lte=moment
        )
    return events.order_by("-at", "-id")


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _mark(event: Event) -> str:
    return f"{event.at.isoformat()}_{event.pk}"


def _row(event: Event) -> dict[str, Any]:
    """Return a row with its detail, and its number once it has one."""
    whole = json.loads(event.body)
    seal = getattr(event, "seal", None)
    return {
        "event": event,
        "sequence": seal.sequence if seal else None,
        "leaf": bytes(event.leaf).hex(),
        "detail": json.dumps(whole["detail"], indent=2, ensure_ascii=False),
        "reason": whole["detail"].get("reason", "") if event.outcome == Outcome.REFUSED else "",
    }


def _exports(filters: Filters) -> dict[str, str]:
    """Return the parameters that give the same rows by REST; `upto` makes export and head speak of
    the same rows.

    The outcome is not among them: what is exported tells the whole story of the rows it selects.
    """
    values = {name: filters.cleaned_data[name] for name in EXPORTED if filters.cleaned_data[name]}
    told = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
    same = urlencode({**told, "upto": max(sealed(), 1)})
    return {"rows": same, "csv": f"{same}&format=csv"}
