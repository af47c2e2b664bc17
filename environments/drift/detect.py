"""Detect drift: compare with OCI, keep each difference as long as it lasts, name who made it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from environments.desired import Desired, Observed, lookup_in
from environments.drift.events import MINUTE, AuditEvent, find_cause, read_events
from environments.drift.items import DriftContext, FoundDifference, find_differences
from environments.kinds import KINDS
from environments.models import (
    DRIFT,
    DriftItem,
    DriftKind,
    DriftReport,
    Environment,
    Plan,
    PlanKind,
    PlanState,
)
from environments.reconcile.change import REFUSED, Change
from environments.reconcile.discovery import discover, unmanaged
from environments.reconcile.planning import compare, refresh, spec_of
from portal.audit.models import Event
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.cloud.client import CloudClient, client
from portal.cloud.errors import CloudError
from portal.jobs.models import Call
from portal.lib.clock import now
from portal.lib.refusal import Refused
from portal.notifications.kinds import DRIFT_FOUND
from portal.notifications.outbox import notify

ACTOR = "system:drift"
LATE = timedelta(hours=24)  # OCI Audit is asked again so long: an event may come 15 minutes late
PLANS_BACK = 10  # applied plans that are read for what one of them refused
NAMED = 10  # differences that a notification names
FIRST = timedelta(hours=24)  # how far back the first comparison asks


def detect(environment: Environment, *, at: datetime | None = None) -> DriftReport:
    """Compare one environment with OCI and keep what differs.

    A comparison that fails is reported as unknown, with the cause.
    """
    at = at or now()
    report = DriftReport(environment=environment, at=at)
    try:
        wanted, observed, changes = compare(environment)
        found = [
            *_differences(environment, observed, changes),
            *_unmanaged(environment, wanted, observed),
        ]
    except (CloudError, Refused) as error:
        report.problem = str(error)
        report.save()
        return report
    report.changes = [_summary(change) for change in changes if change.action != "nothing"]
    report.count = sum(one.sort in DRIFT for one in found)
    report.unmanaged = sum(one.sort == DriftKind.UNMANAGED for one in found)
    with transaction.atomic():
        refresh(environment, observed)
        new = _keep(environment, found, at)
        report.save()
        _audit_new(new)
        _tell_new(report, new)
        if days := settings.RETENTION_DAYS["drift_reports"]:
            environment.drift_reports.filter(at__lt=at - timedelta(days=days)).delete()
    name_authors(environment, at)
    return report


def _differences(
    environment: Environment, observed: Observed, changes: list[Change]
) -> list[FoundDifference]:
    known = lookup_in(observed, client(environment.home_region).tenancy)
    applied, remembered = _last_applied(environment), environment.known_ocids()
    return find_differences(changes, DriftContext(spec_of(environment), known, applied, remembered))


def _last_applied(environment: Environment) -> dict[str, Desired]:
    """Return what the last applied plan that did not leave it out wanted, by key."""
    applied = environment.plans.filter(state=PlanState.APPLIED, kind=PlanKind.APPLY)
    wanted = dict[str, Desired]()
    for plan in reversed(applied.order_by("-apply_at")[:PLANS_BACK]):
        done = (change for change in plan.all_changes if change.action not in REFUSED)
        wanted |= {change.key: change.want for change in done}
    return wanted


def _unmanaged(
    environment: Environment, wanted: list[Desired], observed: Observed
) -> list[FoundDifference]:
    """Return what is in the compartment and unknown to the portal."""
    cloud = client(environment.home_region)
    listing = discover(cloud, wanted, lookup_in(observed, cloud.tenancy))
    return [
        FoundDifference(
            DriftKind.UNMANAGED, found.ocid, kind, found.name, found.ocid, reason=reason
        )
        for kind, found, reason in unmanaged(listing, observed, environment.slug)
    ]


def _keep(
    environment: Environment, found: Iterable[FoundDifference], at: datetime
) -> list[DriftItem]:
    """Open a row for each new difference, keep those that last, close the rest; return the new."""
    rows = {(row.key, row.field): row for row in environment.drift_items.open()}
    new = []
    for one in found:
        row = rows.pop((one.key, one.field), None)
        if row is None:
            row = DriftItem(environment=environment, key=one.key, field=one.field, first_seen=at)
            new.append(row)
        row.update_found(one.columns, at=at)
        row.save()
    for row in rows.values():
        row.close(at=at)
        row.save(update_fields=["closed_at"])
    return new


def name_authors(environment: Environment, at: datetime) -> None:
    """Ask OCI Audit, once a compartment, who made the differences that have no author yet."""
    unnamed = environment.drift_items.open().filter(who="")
    recent = unnamed.filter(first_seen__gte=at - LATE).exclude(sort=DriftKind.PENDING)
    if rows := list(recent):
        events = _read_events(environment, rows, at)
        requests = [event.request for event in events]
        calls = Call.objects.filter(request_id__in=requests)
        ours = set(calls.values_list("request_id", flat=True))
        for row in rows:
            event = find_cause(
                events,
                ocid=row.ocid,
                name=row.name,
                field=row.field,
                gone=row.sort == DriftKind.MISSING,
                ours=ours,
                portal=settings.OCI["user"],
            )
            if event is not None:
                _set_author(row, event.who, event.origin)
    for row in unnamed.filter(sort=DriftKind.PENDING):
        _name_editor(row)


def _read_events(environment: Environment, rows: list[DriftItem], at: datetime) -> list[AuditEvent]:
    """Return the events of the compartment, and of the root where a difference is there."""
    cloud: CloudClient = client(environment.home_region)
    since = _last_clean(environment, min(row.first_seen for row in rows))
    places = [environment.compartment_ocid]
    if any(kind.lives_in_root for row in rows if (kind := KINDS.get(row.key.partition(".")[0]))):
        places.append(cloud.tenancy)
    try:
        return [
            event
            for place in places
            for event in read_events(cloud, place, since - MINUTE, at + MINUTE)
        ]
    except CloudError:
        return []  # the next comparison asks again; until then the page shows "unknown"


def _last_clean(environment: Environment, first_seen: datetime) -> datetime:
    """Return the last comparison, or the last apply, before a difference was seen."""
    report = environment.drift_reports.filter(at__lt=first_seen, problem="").first()
    applied = environment.plans.filter(state=PlanState.APPLIED, apply_at__lt=first_seen)
    plan = applied.order_by("-apply_at").first()
    clean = report.at if report else plan.apply_at if plan else None
    return max(first_seen - FIRST, clean) if clean else first_seen - FIRST


def _name_editor(row: DriftItem) -> None:
    """Name who last edited the settings, from the portal's own trail."""
    applied = Plan.objects.filter(environment=row.environment_id, state=PlanState.APPLIED)
    last = applied.order_by("-apply_at").first()
    edits = Event.objects.filter(
        environment=row.environment.slug, verb__in=[Verb.ENVIRONMENT_CHANGED, Verb.DRIFT_ACCEPTED]
    )
    edit = (edits.filter(at__gt=last.apply_at) if last else edits).order_by("-at").first()
    if edit is not None:
        origin = {"at": edit.at.isoformat(), "operation": edit.verb, "portal": True}
        _set_author(row, edit.actor, origin)


def _set_author(row: DriftItem, who: str, origin: Mapping[str, Any]) -> None:
    row.set_author(who, origin)
    row.save(update_fields=["who", "origin"])


def _audit_new(rows: list[DriftItem]) -> None:
    for row in rows:
        if row.sort in DRIFT:
            detail = {"sort": row.sort, "field": row.field, "ocid": row.ocid}
            audit(row.act(Verb.DRIFT_FOUND), actor=ACTOR, detail=detail)


def _tell_new(report: DriftReport, rows: list[DriftItem]) -> None:
    names = [str(row) for row in rows if row.sort in DRIFT]
    if not names:
        return
    slug, subject = report.environment.slug, f"drift:{report.pk}"
    title = f"{len(names)} new difference{'s' if len(names) > 1 else ''} in {slug}"
    words = f"Changed in OCI by someone: {', '.join(names[:NAMED])}"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    url = reverse("drift", args=[slug])
    notify(DRIFT_FOUND, slug, subject, title, f"{words}{more}.", url, subject)


def _summary(change: Change) -> dict[str, Any]:
    whole = change.as_json()
    names = ("key", "kind", "name", "action", "reason", "ocid", "differences")
    return {name: whole[name] for name in names}
