"""Closing open releases that can no longer run: their time is over, or their environment is not what they were planned for."""

from django.db import transaction

from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.lib.clock import now
from releases import emails
from releases.approvals import blockers
from releases.approvals.decide import locked
from releases.models import Release

ACTOR = "system:releases"


def lapse() -> dict[str, int]:
    """Look at every open release, and return how many expired and how many were withdrawn."""
    done = {"expired": 0, "withdrawn": 0}
    for pk in Release.objects.open().order_by("id").values_list("pk", flat=True):
        with transaction.atomic():
            verdict = _close(locked(pk))
        if verdict:
            done[verdict] += 1
    return done


def _close(release: Release) -> str:
    """Close one release when it has to be, and say how; the row is locked, so nobody decides on it meanwhile."""
    if not release.is_open:
        return ""
    if release.is_over(now()):
        release.mark_expired()
        _tell(Verb.RELEASE_EXPIRED, release, "expired")
        return "expired"
    stale = next((one for one in blockers.of(release) if one.kind == blockers.STALE), None)
    if stale is None:
        return ""
    release.mark_withdrawn(None, f"Withdrawn by the portal: {stale.words}.")
    _tell(Verb.RELEASE_WITHDRAWN, release, "withdrawn")
    return "withdrawn"


def _tell(verb: Verb, release: Release, what: str) -> None:
    detail = {"version": release.version, "reason": release.reason}
    record(verb, actor=ACTOR, subject=release.subject, environment=release.environment.slug, detail=detail)
    emails.decided(release, what, words=release.reason)
