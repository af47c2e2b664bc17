"""Closes open releases that can no longer run: expired, or planned for what the environment was."""

from django.db import transaction

from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.clock import now
from releases import emails
from releases.approvals import blockers
from releases.approvals.decide import locked
from releases.models import Release

ACTOR = "system:releases"


def close_outdated() -> dict[str, int]:
    """Check every open release; return how many expired and how many were withdrawn."""
    done = {"expired": 0, "withdrawn": 0}
    for pk in Release.objects.open().order_by("id").values_list("pk", flat=True):
        with transaction.atomic():
            verdict = _close(locked(pk))
        if verdict:
            done[verdict] += 1
    return done


def _close(release: Release) -> str:
    """Close one release when it has to be, and say how; its row is locked."""
    if not release.is_open:
        return ""
    if release.is_over(now()):
        release.mark_expired()
        return _audit(Verb.RELEASE_EXPIRED, release, "expired")
    found = blockers.blockers(release)
    stale = next((one for one in found if one.kind == blockers.STALE), None)
    if stale is None:
        return ""
    release.mark_withdrawn(None, f"Withdrawn by the portal: {stale.words}.")
    return _audit(Verb.RELEASE_WITHDRAWN, release, "withdrawn")


def _audit(verb: Verb, release: Release, verdict: str) -> str:
    detail = {"version": release.version, "reason": release.reason}
    audit(release.act(verb), actor=ACTOR, detail=detail)
    emails.send_decision(release, verdict, words=release.reason)
    return verdict
