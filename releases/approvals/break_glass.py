"""Breaking the glass: deploying at once without approvals; a second person reviews it
afterwards.
"""

import re

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.acts.reason import require_reason
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.refusal import Invalid, Refused
from releases import emails
from releases.approvals import blockers
from releases.approvals.decide import locked
from releases.deployment import dispatch
from releases.models import Release, Review

INCIDENT = re.compile(r"\d{1,9}|https?://[^\s<>\"']{4,280}")
SHORTEST = 10


def waives(release: Release) -> list[str]:
    """Return what the release would go without, as sentences: approvals, proof, reviews, freeze."""
    count = release.tally()
    missing = [] if count.enough else [f"approvals: {count.words}"]
    found = blockers.blockers(release)
    return missing + [one.words for one in found if one.kind in blockers.WAIVED]


def break_glass(release_id: int, user: User, *, reason: str, incident: str) -> tuple[Review, Job]:
    """Deploy an open release now, whatever is missing.

    Everybody gets an e-mail, and a review blocks the next normal release. Refused when the plan is
    no longer true, was denied or has expired, or when another job has the environment.
    """
    with transaction.atomic():
        release = locked(release_id)
        act = release.act(Verb.GLASS_BROKEN)
        allow(release.can_break_glass(user), user, f"break glass for release {release.pk}", act)
        if not release.is_open:
            words = f"Release {release.pk} ({release}) is {release.get_state_display()}: "
            raise Refused(
                f"{words}it cannot be deployed.",
                next_step="Request it again and break glass for that request.",
                act=act,
            )
        blockers.refuse_final(release, Verb.GLASS_BROKEN)
        why = "why it cannot wait (everybody reads it)"
        reason = require_reason(reason, act, why=why, shortest=SHORTEST)
        review = _open_review(release, user, reason, _checked_incident(incident.strip(), act))
        if release.state == Release.State.REQUESTED:
            release.mark_approved()
        job = dispatch.deploy(release, user)
        emails.send_glass_broken(review)
    return review, job


def close_review(review_id: int, user: User, *, finding: str) -> Review:
    """Close a review: by a person who neither broke the glass nor requested the release."""
    with transaction.atomic():
        reviews = Review.objects.select_for_update(of=("self",))
        review: Review = reviews.select_related("release", "environment").get(pk=review_id)
        act = review.act(Verb.REVIEW_CLOSED)
        allow(review.can_close(user), user, f"close the review of release {review.release_id}", act)
        finding = require_reason(
            finding, act, field="finding", why="what you found", shortest=SHORTEST, longest=4000
        )
        review.close(user, finding)
        audit(act, actor=user.actor, detail={"release": review.release_id, "finding": finding})
    return review


def _open_review(release: Release, user: User, reason: str, incident: str) -> Review:
    review = Review.objects.create(
        release=release,
        environment=release.environment,
        requester_id=release.requested_by_id,
        actor=user,
        reason=reason,
        incident=incident,
        waived=waives(release),
    )
    detail = {"version": release.version, "plan": release.digest, "reason": reason}
    detail |= {"incident": incident, "without": review.waived}
    audit(release.act(Verb.GLASS_BROKEN), actor=user.actor, detail=detail)
    return review


def _checked_incident(incident: str, act: Act) -> str:
    if not INCIDENT.fullmatch(incident):
        raise Invalid(
            f"incident: {incident[:60]!r} must be the number of an incident here, or the address "
            "of one elsewhere.",
            act=act,
        )
    return incident
