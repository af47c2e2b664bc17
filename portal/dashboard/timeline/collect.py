"""Gathers what happened in an environment, from the database alone, in a fixed number of questions."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Q
from django.db.models.fields.json import KT
from django.urls import reverse

from environments.models import Deviation, Environment
from portal.dashboard.timeline import mark as lane
from portal.dashboard.timeline.mark import Mark, Span
from portal.jobs.models import Job
from portal.jobs.states import State
from portal.lib.tone import tone
from releases import windows
from releases.models import Approval, FreezeOverride, FreezeWindow, Hold, Release, Review, SmokeRun
from runbooks.models import Incident

MOST = 300  # of a kind
MOVES = ("releases.deploy", "releases.rollback")


def marks(environment: Environment, span: Span) -> list[Mark]:
    """Return everything that touches the span, newest first."""
    sources = (live, requests, jobs, rules, freezes, tests, drift, incidents)
    found = [mark for source in sources for mark in source(environment, span)]
    return sorted(found, key=lambda mark: mark.begin, reverse=True)


def live(environment: Environment, span: Span) -> Iterator[Mark]:
    """Yield which version had the traffic when, as deployments and rollbacks that went well tell it."""
    moves = Job.objects.filter(environment=environment.slug, kind__in=MOVES, state=State.SUCCEEDED, ended_at__lte=span.end)
    rows = moves.order_by("-ended_at").values_list("ended_at", KT("spec__to__version"), KT("spec__plan__version"))[:MOST]
    began = [(at, to or planned or "?") for at, to, planned in reversed(rows)]
    yield from _spans_of(began)


def _spans_of(began: list[tuple[datetime, str]]) -> Iterator[Mark]:
    for (at, version), (until, _) in pairwise(began):
        yield Mark(lane.LIVE, at, f"{version} live", "ok", end=until, short=version)
    if began:
        at, version = began[-1]
        yield Mark(lane.LIVE, at, f"{version} live", "ok", open=True, short=version)


def requests(environment: Environment, span: Span) -> Iterator[Mark]:
    """Yield requests, approvals and refusals."""
    asked = Release.objects.filter(environment=environment).filter(
        Q(requested_at__range=(span.begin, span.end)) | Q(decided_at__range=(span.begin, span.end))
    )
    for release in asked.select_related("requested_by", "decided_by").defer("plan").order_by("-id")[:MOST]:
        who, url = release.requested_by.username, release.get_absolute_url()
        yield Mark(lane.REQUESTS, release.requested_at, f"{release.version} requested", "busy", who=who, url=url)
        if release.decided_at:
            who, words = getattr(release.decided_by, "username", ""), f"{release.version} {release.get_state_display()}"
            yield Mark(lane.REQUESTS, release.decided_at, words, tone(release.state), who=who, url=url)
    agreed = Approval.objects.filter(release__environment=environment, approved_at__range=(span.begin, span.end))
    for approval in agreed.select_related("approver", "release").defer("release__plan").order_by("-id")[:MOST]:
        words, url = f"{approval.release.version} approved", approval.release.get_absolute_url()
        yield Mark(lane.REQUESTS, approval.approved_at, words, "ok", who=approval.approver.username, url=url)


def jobs(environment: Environment, span: Span) -> Iterator[Mark]:
    """Yield what changed the environment: deployments, rollbacks, scalings, applies."""
    changing = Job.objects.filter(environment=environment.slug, mutating=True, created_at__lte=span.end)
    changing = changing.filter(Q(ended_at=None) | Q(ended_at__gte=span.begin)).defer("spec", "result")
    for job in changing.order_by("-created_at")[:MOST]:
        where = lane.DEPLOYMENTS if job.kind.startswith("releases.") else lane.RESOURCES
        words = job.title if job.state == State.SUCCEEDED else f"{job.title}: {job.get_state_display()}"
        begin, who = job.started_at or job.created_at, job.actor.partition(":")[2]
        yield Mark(where, begin, words, tone(job.state), job.ended_at, not job.over, who, job.get_absolute_url(), _short(job))


def rules(environment: Environment, span: Span) -> Iterator[Mark]:
    """Yield holds, broken glass with its review, and releases let through a freeze."""
    home = reverse("environment", args=[environment.slug])
    for hold in _lasting(Hold.objects.filter(environment=environment), span, "placed_at", "lifted_at"):
        who = hold.placed_by.partition(":")[2] or hold.placed_by
        yield Mark(lane.RULES, hold.placed_at, f"Held: {hold.reason}", "warn", hold.lifted_at, hold.is_open, who, home, "hold")
    broken = Review.objects.filter(environment=environment).select_related("actor")
    for review in _lasting(broken, span, "opened_at", "closed_at"):
        words, who, url = f"Glass broken: {review.reason}", review.actor.username, review.get_absolute_url()
        yield Mark(lane.RULES, review.opened_at, words, "bad", review.closed_at, review.is_open, who, url, "glass broken")
    let = FreezeOverride.objects.filter(release__environment=environment, at__range=(span.begin, span.end))
    for one in let.select_related("by", "release").defer("release__plan")[:MOST]:
        words, url = f"{one.release.version} let through {one.freeze}", one.release.get_absolute_url()
        yield Mark(lane.RULES, one.at, words, "warn", who=one.by.username, url=url)


def freezes(environment: Environment, span: Span) -> Iterator[Mark]:
    """Yield the freezes that the windows, as they are defined now, make in the span."""
    for frozen in FreezeWindow.objects.over(environment):
        for number, one in enumerate(windows.occurrences(frozen.window, span.begin)):
            if one.start > span.end or number >= MOST:
                break
            yield Mark(lane.RULES, one.start, f"Frozen: {one.name}", "idle", end=min(one.end, span.end), short=one.name)


def tests(environment: Environment, span: Span) -> Iterator[Mark]:
    """Yield the smoke tests that failed, and those that people ran."""
    ran = SmokeRun.objects.filter(environment=environment, started_at__range=(span.begin, span.end))
    ran = ran.exclude(passed=True, origin=SmokeRun.Origin.SCHEDULE).defer("results")
    for run in ran.order_by("-id")[:MOST]:
        words = f"Smoke test {'passed' if run.passed else 'failed'}: {run.words}"
        yield Mark(lane.TESTS, run.started_at, words, "ok" if run.passed else "bad", url=run.get_absolute_url())


def drift(environment: Environment, span: Span) -> Iterator[Mark]:
    """Yield what somebody changed in OCI past the portal."""
    found = Deviation.objects.drift().filter(environment=environment).select_related("environment")
    for one in _lasting(found, span, "first_seen", "closed_at"):
        still, url = one.closed_at is None, one.get_absolute_url()
        yield Mark(
            lane.DRIFT, one.first_seen, f"{one}: {one.get_sort_display()}", "warn", one.closed_at, still, one.who, url, one.key
        )


def incidents(environment: Environment, span: Span) -> Iterator[Mark]:
    """Yield incidents."""
    for one in _lasting(Incident.objects.filter(environment=environment), span, "opened_at", "resolved_at"):
        still = one.resolved_at is None
        shade = "bad" if still else "warn"
        yield Mark(
            lane.INCIDENTS, one.opened_at, one.title, shade, one.resolved_at, still, url=one.get_absolute_url(), short=one.kind
        )


def _lasting(rows: Any, span: Span, begin: str, end: str) -> Iterable[Any]:
    reaches = Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": span.begin})
    return rows.filter(reaches, **{f"{begin}__lte": span.end}).order_by(f"-{begin}")[:MOST]  # type: ignore[no-any-return]


def _short(job: Job) -> str:
    return job.kind.rpartition(".")[2].replace("_", " ")
