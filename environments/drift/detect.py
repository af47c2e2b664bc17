"""Looking for drift: compare with OCI, keep every difference as long as it lasts, name who made it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from environments.desired import Desired
from environments.drift.events import MINUTE, AuditEvent, cause, events
from environments.drift.items import Context, Seen, lookup_of, seen
from environments.models import DRIFT, Deviation, DriftReport, Environment, Plan, PlanKind, PlanState, Sort
from environments.reconcile.discovery import discover, unmanaged
from environments.reconcile.observe import Observed
from environments.reconcile.plan import Change
from environments.reconcile.planning import compare, order_of, refresh
from portal.audit.models import Event
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.cloud.door import Door, door
from portal.cloud.errors import CloudError
from portal.jobs.models import Call
from portal.lib.clock import now
from portal.lib.refusal import Refused

ACTOR = "system:drift"
KEPT = timedelta(days=30)
LATE = timedelta(hours=24)  # how long OCI Audit is asked again: an event may come a quarter of an hour late
FIRST = timedelta(hours=24)  # how far back the first look asks


def look(environment: Environment, *, at: datetime | None = None) -> DriftReport:
    """Compare one environment with OCI and keep what differs; what cannot be compared is reported as unknown, with the cause."""
    at = at or now()
    report = DriftReport(environment=environment, at=at)
    try:
        wanted, observed, changes = compare(environment)
        found = [*differences(environment, observed, changes), *strangers(environment, wanted, observed)]
    except (CloudError, Refused) as error:
        report.problem = str(error)
        report.save()
        return report
    report.changes = [_brief(change) for change in changes if change.action != "nothing"]
    report.count = sum(one.sort in DRIFT for one in found)
    report.unmanaged = sum(one.sort == Sort.UNMANAGED for one in found)
    with transaction.atomic():
        refresh(environment, observed)
        fresh = keep(environment, found, at)
        report.save()
        _tell(environment, fresh)
        environment.drift_reports.filter(at__lt=at - KEPT).delete()
    name_who(environment, at)
    return report


def differences(environment: Environment, observed: Observed, changes: list[Change]) -> list[Seen]:
    """Return what differs, each with the setting that would want it so."""
    remembered = dict(environment.resources.exclude(ocid="").values_list("key", "ocid"))
    known = lookup_of(observed, door(environment.home_region).tenancy)
    return seen(changes, Context(order_of(environment), known, applied(environment), remembered))


def applied(environment: Environment) -> dict[str, Mapping[str, Any]]:
    """Return what the last applied plan wanted, by key."""
    last = environment.plans.filter(state=PlanState.APPLIED, kind=PlanKind.APPLY).order_by("-apply_at").first()
    return {change["key"]: change["desired"] for change in last.changes} if last else {}


def strangers(environment: Environment, wanted: list[Desired], observed: Observed) -> list[Seen]:
    """Return what stands in the compartment unknown to the portal."""
    here = door(environment.home_region)
    listing = discover(here, wanted, lookup_of(observed, here.tenancy))
    return [
        Seen(sort=Sort.UNMANAGED, key=found.ocid, kind=kind, name=found.name, ocid=found.ocid, reason=words)
        for kind, found, words in unmanaged(listing, observed, environment.slug)
    ]


def keep(environment: Environment, found: Iterable[Seen], at: datetime) -> list[Deviation]:
    """Open a row for each new difference, keep those that last, close the rest; return the new ones."""
    rows = {(row.key, row.field): row for row in environment.deviations.open()}
    fresh = []
    for one in found:
        row = rows.pop((one.key, one.field), None)
        if row is None:
            row = Deviation(environment=environment, key=one.key, field=one.field, first_seen=at)
            fresh.append(row)
        row.seen_again(one.columns, at=at)
        row.save()
    for row in rows.values():
        row.close(at=at)
        row.save(update_fields=["closed_at"])
    return fresh


def name_who(environment: Environment, at: datetime) -> None:
    """Ask OCI Audit, once a compartment, who made the differences that have no name yet."""
    waiting = [row for row in environment.deviations.open().filter(who="", first_seen__gte=at - LATE) if row.sort != Sort.PENDING]
    if waiting:
        here, since = door(environment.home_region), _last_clean(environment, min(row.first_seen for row in waiting))
        told = _told(here, environment, waiting, since, at)
        ours = set(Call.objects.filter(request_id__in=[event.request for event in told]).values_list("request_id", flat=True))
        for row in waiting:
            _name(row, cause(told, ocid=row.ocid, name=row.name, field=row.field, gone=row.sort == Sort.MISSING, **_us(ours)))
    for row in environment.deviations.open().filter(who="", sort=Sort.PENDING):
        _name_editor(row)


def _us(ours: set[str]) -> dict[str, Any]:
    return {"ours": ours, "portal": settings.OCI["user"]}


def _told(here: Door, environment: Environment, waiting: list[Deviation], since: datetime, at: datetime) -> list[AuditEvent]:
    """Return the events of the compartment, and of the tenancy's root where what differs lives there."""
    root = {"tenancy", "tag", "tag_namespace", "group", "dynamic_group", "compartment"}
    places = [environment.compartment_ocid]
    if any(row.key.partition(".")[0] in root for row in waiting):
        places.append(here.tenancy)
    try:
        return [event for place in places for event in events(here, place, since - MINUTE, at + MINUTE)]
    except CloudError:
        return []  # the next look asks again; until then the page says that it is unknown


def _last_clean(environment: Environment, first_seen: datetime) -> datetime:
    """Return the last look, or the last apply, before a difference was seen."""
    report = environment.drift_reports.filter(at__lt=first_seen, problem="").order_by("-at").first()
    plan = environment.plans.filter(state=PlanState.APPLIED, apply_at__lt=first_seen).order_by("-apply_at").first()
    clean = report.at if report else plan.apply_at if plan else None
    return max(first_seen - FIRST, clean) if clean else first_seen - FIRST


def _name(row: Deviation, event: AuditEvent | None) -> None:
    if event is not None:
        row.was_made_by(event.who, event.origin)
        row.save(update_fields=["who", "origin"])


def _name_editor(row: Deviation) -> None:
    """Name who last edited the settings, from the portal's own trail."""
    last = Plan.objects.filter(environment=row.environment_id, state=PlanState.APPLIED).order_by("-apply_at").first()
    edits = Event.objects.filter(environment=row.environment.slug, verb__in=[Verb.ENVIRONMENT_CHANGED, Verb.DRIFT_TAKEN_OVER])
    edit = (edits.filter(at__gt=last.apply_at) if last else edits).order_by("-at").first()
    if edit is not None:
        row.was_made_by(edit.actor, {"at": edit.at.isoformat(), "operation": edit.verb, "portal": True})
        row.save(update_fields=["who", "origin"])


def _tell(environment: Environment, fresh: list[Deviation]) -> None:
    for row in fresh:
        if row.sort in DRIFT:
            detail = {"sort": row.sort, "field": row.field, "ocid": row.ocid}
            record(Verb.DRIFT_FOUND, actor=ACTOR, subject=f"resource:{row.key}", environment=environment.slug, detail=detail)


def _brief(change: Change) -> dict[str, Any]:
    whole = change.as_json()
    return {name: whole[name] for name in ("key", "kind", "name", "action", "reason", "ocid", "differences")}
