"""Breaking the glass: deploying at once, without asking anybody, for a debt that a second person settles."""

import re
from typing import Any

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.refusal import Invalid, Refused
from releases import emails
from releases.approvals import blockers
from releases.approvals.decide import given, locked
from releases.deployment import dispatch
from releases.models import Release, Review

INCIDENT = re.compile(r"\d{1,9}|https?://[^\s<>\"']{4,280}")
SHORTEST = 10


def waives(release: Release) -> list[str]:
    """Return what the release would go without, as sentences: approvals, proof below, open reviews, a freeze."""
    count = release.tally()
    missing = [] if count.enough else [f"approvals: {count.words}"]
    return missing + [one.words for one in blockers.of(release) if one.kind in blockers.WAIVED]


def break_glass(release_id: int, user: User, *, reason: str, incident: str) -> tuple[Review, Job]:
    """Deploy an open release now, whatever is missing; everybody is told, and a review blocks the next normal release.

    Refused when the plan is no longer true, was denied or has expired, or when another job has the environment.
    """
    with transaction.atomic():
        release = locked(release_id)
        about: dict[str, Any] = {"verb": Verb.GLASS_BROKEN, "subject": release.subject, "environment": release.environment.slug}
        allow(Release.can_break_glass(user), user, f"break the glass for release {release.pk}", **about)
        if not release.is_open:
            words = f"Release {release.pk} ({release}) is {release.get_state_display()}: it cannot be deployed."
            raise Refused(words, next_step="Request it again, and break the glass for that.", **about)
        blockers.check_final(release, Verb.GLASS_BROKEN)
        reason, incident = _checked(given(reason), incident.strip())
        review = _open(release, user, reason, incident)
        if release.state == Release.State.REQUESTED:
            release.mark_approved()
        job = dispatch.deploy(release, user)
        emails.glass_broken(review)
    return review, job


def close(review_id: int, user: User, *, finding: str) -> Review:
    """Settle the debt: somebody who neither broke the glass nor asked for the release says what was found."""
    with transaction.atomic():
        review = Review.objects.select_for_update(of=("self",)).select_related("release", "environment").get(pk=review_id)
        about: dict[str, Any] = {"verb": Verb.REVIEW_CLOSED, "subject": review.subject, "environment": review.environment.slug}
        allow(review.can_close(user), user, f"close the review of release {review.release_id}", **about)
        finding = finding.strip()[:4000]
        if len(finding) < SHORTEST:
            raise Invalid(f"finding: say what you found, in at least {SHORTEST} characters.", **about)
        review.close(user, finding)
        record(
            Verb.REVIEW_CLOSED,
            actor=user.actor,
            subject=review.subject,
            environment=review.environment.slug,
            detail={"release": review.release_id, "finding": finding},
        )
    return review


def _open(release: Release, user: User, reason: str, incident: str) -> Review:
    review = Review.objects.create(
        release=release,
        environment=release.environment,
        requester_id=release.requested_by_id,
        actor=user,
        reason=reason,
        incident=incident,
        waived=waives(release),
    )
    record(
        Verb.GLASS_BROKEN,
        actor=user.actor,
        subject=release.subject,
        environment=release.environment.slug,
        detail={
            "version": release.version,
            "plan": release.digest,
            "reason": reason,
            "incident": incident,
            "without": review.waived,
        },
    )
    return review


def _checked(reason: str, incident: str) -> tuple[str, str]:
    if len(reason) < SHORTEST:
        raise Invalid(f"reason: say why it cannot wait, in at least {SHORTEST} characters; everybody reads it.")
    if not INCIDENT.fullmatch(incident):
        raise Invalid(f"incident: {incident[:60]!r} must be the number of an incident here, or the address of one elsewhere.")
    return reason, incident
