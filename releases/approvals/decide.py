"""Decisions of people about a release: approve, deny, withdraw, override a freeze."""

from typing import Any

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.refusal import Invalid, Refused
from releases import emails
from releases.approvals import blockers, freeze
from releases.approvals.windows import Occurrence
from releases.deployment import dispatch
from releases.models import Approval, FreezeOverride, Release


def approve(release_id: int, user: User, *, digest: str, comment: str = "") -> tuple[Release, Job | None]:
    """Agree to the plan with this digest; the last approval needed starts the deployment.

    Returns the job that it started, or None: more approvals are needed, or another job has the environment, in which case
    the release stays approved, for anybody to deploy when that job is over.
    """
    with transaction.atomic():
        release = locked(release_id)
        _check_may_decide(release, user, "approve", Verb.RELEASE_APPROVED)
        _check_plan(release, digest)
        if release.approvals.filter(approver=user).exists():
            raise Refused("You approved this release already.", next_step="Somebody else has to agree.", **_about(release))
        Approval.objects.create(
            release=release, requester_id=release.requested_by_id, approver=user, digest=release.digest, comment=comment
        )
        _tell(Verb.RELEASE_APPROVED, release, user, plan=release.digest, comment=comment)
        count = release.tally()
        if not count.enough:
            emails.decided(release, "agreed to", by=user, words=f"{count.words}. {comment}")
            return release, None
        release.mark_approved()
        emails.decided(release, "approved", by=user, words=comment)
        return release, dispatch.try_deploy(release, user)


def deny(release_id: int, user: User, *, reason: str) -> Release:
    """Turn the request down, for good: this very plan is not asked for again."""
    with transaction.atomic():
        release = locked(release_id)
        allow(release.can_deny(user), user, f"deny release {release.pk}", verb=Verb.RELEASE_DENIED, **_about(release))
        release.mark_denied(user, given(reason))
        _tell(Verb.RELEASE_DENIED, release, user, reason=reason)
        emails.decided(release, "denied", by=user, words=release.reason)
    return release


def withdraw(release_id: int, user: User, *, reason: str) -> Release:
    """Take back one's own request."""
    with transaction.atomic():
        release = locked(release_id)
        allow(release.can_withdraw(user), user, f"withdraw release {release.pk}", verb=Verb.RELEASE_WITHDRAWN, **_about(release))
        release.mark_withdrawn(user, given(reason))
        _tell(Verb.RELEASE_WITHDRAWN, release, user, reason=reason)
    return release


def override(release_id: int, user: User, *, reason: str) -> FreezeOverride:
    """Let one release go in spite of the freeze that holds now: an admin other than the requester, for a reason."""
    with transaction.atomic():
        release = locked(release_id)
        about: dict[str, Any] = {"verb": Verb.FREEZE_OVERRIDDEN, **_about(release)}
        allow(release.can_override_freeze(user), user, f"override the freeze for release {release.pk}", **about)
        found = freeze.frozen(release.environment)
        if not release.is_open or found is None or FreezeOverride.objects.filter(release=release).exists():
            words = f"There is nothing to override for release {release.pk} ({release}): {_why_not(release, found)}."
            raise Refused(words, next_step="Its page shows how it stands.", **about)
        words = f"{found.name}, until {found.end:%Y-%m-%d %H:%M} UTC"
        made = FreezeOverride.objects.create(
            release=release, requester_id=release.requested_by_id, by=user, freeze=words, reason=given(reason)
        )
        _tell(Verb.FREEZE_OVERRIDDEN, release, user, freeze=words, reason=made.reason)
    return made


def locked(release_id: int) -> Release:
    """Return the release with its row locked: decisions about one release are taken one after the other."""
    return Release.objects.select_for_update(of=("self",)).select_related("environment", "requested_by").get(pk=release_id)


def _check_may_decide(release: Release, user: User, act: str, verb: Verb) -> None:
    if user.pk == release.requested_by_id:
        words = f"{user} requested release {release.pk} and so cannot {act} it: that takes somebody else."
        raise Refused(words, next_step="Ask another deployer or an admin.", verb=verb, **_about(release))
    allow(release.can_approve(user), user, f"{act} release {release.pk}", verb=verb, **_about(release))


def _check_plan(release: Release, digest: str) -> None:
    if release.state != Release.State.REQUESTED:
        raise Refused(
            f"Release {release.pk} ({release}) is {release.get_state_display()}: it takes no approval any more.",
            next_step="Nothing is left to do here.",
            verb=Verb.RELEASE_APPROVED,
            **_about(release),
        )
    if digest != release.digest:
        raise Refused(
            f"You approve the plan {digest[:19] or '(none)'}…, but the plan of release {release.pk} is {release.digest[:19]}….",
            next_step="Open the release's page again and read its plan.",
            verb=Verb.RELEASE_APPROVED,
            **_about(release),
        )
    blockers.check(release, Verb.RELEASE_APPROVED)


def _why_not(release: Release, found: Occurrence | None) -> str:
    if not release.is_open:
        return f"it is {release.get_state_display()}"
    return "its environment is not frozen" if found is None else "somebody did that already"


def given(reason: str) -> str:
    """Return a reason that says something, cut to a length that can be kept."""
    if len(reason.strip()) < 3:
        raise Invalid("reason: say why, in at least 3 characters; the requester reads it.")
    return reason.strip()[:2000]


def _about(release: Release) -> dict[str, str]:
    return {"subject": release.subject, "environment": release.environment.slug}


def _tell(verb: Verb, release: Release, user: User, **detail: Any) -> None:
    record(
        verb,
        actor=user.actor,
        subject=release.subject,
        environment=release.environment.slug,
        detail={"version": release.version, **detail},
    )
