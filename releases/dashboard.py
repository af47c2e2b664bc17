"""Releases on the dashboard: what is live, what waits, and what happened."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from django.db.models import Q
from django.db.models.fields.json import KT
from django.urls import reverse

from portal.accounts.models import User
from portal.dashboard.card import Card, CardCondition, add_lists, by_environment
from portal.dashboard.inbox import Item
from portal.dashboard.timeline.collect import lasting
from portal.dashboard.timeline.mark import MOST, Lane, Mark, Span
from portal.jobs.models import Job
from portal.jobs.states import JobState
from portal.lib.tone import tone
from releases.approvals import windows
from releases.current import expires_soon, open_reviews, waiting_releases
from releases.models import (
    Approval,
    Deployment,
    FreezeOverride,
    FreezeWindow,
    Hold,
    Release,
    Review,
    SmokeRun,
    SmokeTest,
)

MOVES = ("releases.deploy", "releases.rollback")


def add_to_cards(cards: list[Card]) -> None:
    """Add what is live, what is on standby, and the releases that wait for approval."""
    deployments = Deployment.objects.filter(state__in=("live", "standby")).select_related("release")
    placed = deployments.defer("release__plan").order_by("id")
    live = {one.environment_id: one for one in placed if one.state == "live"}
    standby = {one.environment_id: one for one in placed if one.state == "standby"}
    add_lists(cards, "waiting", by_environment(Release.objects.awaiting_approval().defer("plan")))
    for card in cards:
        card.parts |= {"live": live.get(card.key), "standby": standby.get(card.key)}
        if card.parts["live"]:
            card.conditions.append(CardCondition(3, "ok", tone("ok")))
        if card.parts["waiting"]:
            card.conditions.append(
                CardCondition(9, "approval waiting", tone("waiting"), urgent=True)
            )


def inbox(user: User) -> list[Item]:
    """Return releases, reviews, holds and failing smoke tests that wait for this person."""
    found = [_release(why, release) for why, release in waiting_releases(user)]
    found += [
        Item(
            "review",
            f"Break-glass review: {one.release}",
            one.get_absolute_url(),
            one.environment.slug,
            one.opened_at,
        )
        for one in open_reviews()
    ]
    found += [
        Item("hold", str(hold), hold.get_absolute_url(), hold.environment.slug, hold.placed_at)
        for hold in (Hold.objects.open() if Hold.can_lift(user) else ())
    ]
    return found + [
        Item(
            "smoke test",
            failing.words,
            failing.newest.get_absolute_url(),
            failing.newest.environment.slug,
            failing.since,
        )
        for failing in (SmokeRun.objects.failing() if SmokeTest.can_run(user) else ())
    ]


def _release(kind: str, release: Release) -> Item:
    """Return a release that waits; one whose time runs out soon says so."""
    words = f"{kind}, expires soon" if expires_soon(release) else kind
    return Item(
        words,
        str(release),
        release.get_absolute_url(),
        release.environment.slug,
        release.requested_at,
    )


def live_timeline(slug: str, span: Span) -> Iterator[Mark]:
    """Yield which version had the traffic when, as deployments and rollbacks that went well
    tell it.
    """
    moves = Job.objects.filter(
        environment=slug, kind__in=MOVES, state=JobState.SUCCEEDED, ended_at__lte=span.end
    )
    rows = moves.order_by("-ended_at").values_list(
        "ended_at", KT("spec__to__version"), KT("spec__plan__version")
    )[:MOST]
    yield from _spans([(at, to or planned or "?") for at, to, planned in reversed(rows)])


def _spans(began: list[tuple[datetime, str]]) -> Iterator[Mark]:
    for (at, version), (until, _) in pairwise(began):
        yield Mark(Lane.LIVE, at, f"{version} live", "ok", end=until, short=version)
    if began:
        at, version = began[-1]
        yield Mark(Lane.LIVE, at, f"{version} live", "ok", open=True, short=version)


def request_timeline(slug: str, span: Span) -> Iterator[Mark]:
    """Yield requests, approvals and refusals."""
    within = (span.begin, span.end)
    asked = Release.objects.filter(environment__slug=slug).filter(
        Q(requested_at__range=within) | Q(decided_at__range=within)
    )
    for release in (
        asked.select_related("requested_by", "decided_by").defer("plan").order_by("-id")[:MOST]
    ):
        who, url = release.requested_by.username, release.get_absolute_url()
        yield Mark(
            Lane.REQUESTS,
            release.requested_at,
            f"{release.version} requested",
            "busy",
            who=who,
            url=url,
        )
        if release.decided_at:
            who, words = (
                getattr(release.decided_by, "username", ""),
                f"{release.version} {release.get_state_display()}",
            )
            yield Mark(
                Lane.REQUESTS, release.decided_at, words, tone(release.state), who=who, url=url
            )
    agreed = Approval.objects.filter(release__environment__slug=slug, approved_at__range=within)
    for approval in (
        agreed.select_related("approver", "release").defer("release__plan").order_by("-id")[:MOST]
    ):
        words, url = f"{approval.release.version} approved", approval.release.get_absolute_url()
        yield Mark(
            Lane.REQUESTS,
            approval.approved_at,
            words,
            "ok",
            who=approval.approver.username,
            url=url,
        )


def rule_timeline(slug: str, span: Span) -> Iterator[Mark]:
    """Yield holds, broken glass with its review, releases let through a freeze, and the freezes."""
    home = reverse("environment", args=[slug])
    for hold in lasting(
        Hold.objects.filter(environment__slug=slug), span, "placed_at", "lifted_at"
    ):
        who = hold.placed_by.partition(":")[2] or hold.placed_by
        yield Mark(
            Lane.RULES,
            hold.placed_at,
            f"Held: {hold.reason}",
            "warn",
            hold.lifted_at,
            hold.is_open,
            who,
            home,
            "hold",
        )
    broken = Review.objects.filter(environment__slug=slug).select_related("actor")
    for review in lasting(broken, span, "opened_at", "closed_at"):
        words, who, url = (
            f"Break glass: {review.reason}",
            review.actor.username,
            review.get_absolute_url(),
        )
        yield Mark(
            Lane.RULES,
            review.opened_at,
            words,
            "bad",
            review.closed_at,
            review.is_open,
            who,
            url,
            "break glass",
        )
    let = FreezeOverride.objects.filter(
        release__environment__slug=slug, at__range=(span.begin, span.end)
    )
    for one in let.select_related("by", "release").defer("release__plan")[:MOST]:
        words, url = (
            f"{one.freeze} overridden for {one.release.version}",
            one.release.get_absolute_url(),
        )
        yield Mark(Lane.RULES, one.at, words, "warn", who=one.by.username, url=url)
    yield from _freezes(slug, span)


def _freezes(slug: str, span: Span) -> Iterator[Mark]:
    """Yield the freezes that the windows, as they are defined now, make in the span."""
    for frozen in FreezeWindow.objects.filter(environments__slug=slug, enabled=True):
        for number, one in enumerate(windows.occurrences(frozen.window, span.begin)):
            if one.start > span.end or number >= MOST:
                break
            yield Mark(
                Lane.RULES,
                one.start,
                f"Frozen: {one.name}",
                "idle",
                end=min(one.end, span.end),
                short=one.name,
            )


def smoke_timeline(slug: str, span: Span) -> Iterator[Mark]:
    """Yield the smoke tests that failed, and those that people ran."""
    ran = SmokeRun.objects.filter(environment__slug=slug, started_at__range=(span.begin, span.end))
    ran = ran.exclude(passed=True, origin=SmokeRun.Origin.SCHEDULE).defer("results")
    for run in ran.order_by("-id")[:MOST]:
        words = f"Smoke test {'passed' if run.passed else 'failed'}: {run.words}"
        yield Mark(
            Lane.TESTS,
            run.started_at,
            words,
            "ok" if run.passed else "bad",
            url=run.get_absolute_url(),
        )
