"""Decisions of people about a release: approve, deny, withdraw, deploy, override a freeze."""

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.acts.reason import require_reason
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.refusal import Refused
from releases import emails
from releases.approvals import blockers, freeze
from releases.approvals.windows import Occurrence
from releases.deployment import dispatch
from releases.models import Approval, FreezeOverride, Release


def approve(
    release_id: int, user: User, *, digest: str, comment: str = ""
) -> tuple[Release, Job | None]:
    """Approve the plan with this digest; the last approval needed starts the deployment.

    Returns the job that it started, or None: more approvals are needed, or another job has the
    environment; then the release stays approved, and is deployed when that job is over.
    """
    with transaction.atomic():
        release = locked(release_id)
        _refuse_own(release, user)
        act = release.act(Verb.RELEASE_APPROVED)
        allow(release.can_approve(user), user, f"approve release {release.pk}", act)
        _refuse_other_plan(release, digest)
        if release.approvals.filter(approver=user).exists():
            step = "Another person has to approve it."
            raise Refused("You have already approved this release.", next_step=step, act=act)
        Approval.objects.create(
            release=release,
            requester_id=release.requested_by_id,
            approver=user,
            digest=release.digest,
            comment=comment,
        )
        _audit(Verb.RELEASE_APPROVED, release, user, plan=release.digest, comment=comment)
        count = release.tally()
        if not count.enough:
            words = f"{count.words}. {comment}"
            emails.send_decision(release, "agreed to", by=user, words=words)
            return release, None
        release.mark_approved()
        emails.send_decision(release, "approved", by=user, words=comment)
        return release, dispatch.try_deploy(release, user)


def deny(release_id: int, user: User, *, reason: str) -> Release:
    """Deny the request for good: this very plan is not requested again."""
    with transaction.atomic():
        release = locked(release_id)
        act = release.act(Verb.RELEASE_DENIED)
        allow(release.can_deny(user), user, f"deny release {release.pk}", act)
        release.mark_denied(user, require_reason(reason, act))
        _audit(Verb.RELEASE_DENIED, release, user, reason=release.reason)
        emails.send_decision(release, "denied", by=user, words=release.reason)
    return release


def withdraw(release_id: int, user: User, *, reason: str) -> Release:
    """Withdraw one's own request."""
    with transaction.atomic():
        release = locked(release_id)
        act = release.act(Verb.RELEASE_WITHDRAWN)
        allow(release.can_withdraw(user), user, f"withdraw release {release.pk}", act)
        release.mark_withdrawn(user, require_reason(reason, act))
        _audit(Verb.RELEASE_WITHDRAWN, release, user, reason=release.reason)
    return release


def deploy(release_id: int, user: User) -> Job:
    """Start the deployment of an approved release."""
    with transaction.atomic():
        return dispatch.deploy(locked(release_id), user)


def override_freeze(release_id: int, user: User, *, reason: str) -> FreezeOverride:
    """Let one release go in spite of the freeze that holds now: an admin other than the
    requester.
    """
    with transaction.atomic():
        release = locked(release_id)
        act = release.act(Verb.FREEZE_OVERRIDDEN)
        can = release.can_override_freeze(user)
        allow(can, user, f"override the freeze for release {release.pk}", act)
        found = freeze.frozen(release.environment)
        overridden = FreezeOverride.objects.filter(release=release).exists()
        if not release.is_open or found is None or overridden:
            words = f"There is nothing to override for release {release.pk} ({release}): "
            words += f"{_why_nothing(release, found)}."
            raise Refused(words, next_step="Its page shows its state.", act=act)
        override = FreezeOverride.objects.create(
            release=release,
            requester_id=release.requested_by_id,
            by=user,
            freeze=f"{found.name}, until {found.end:%Y-%m-%d %H:%M} UTC",
            reason=require_reason(reason, act),
        )
        detail = {"freeze": override.freeze, "reason": override.reason}
        _audit(Verb.FREEZE_OVERRIDDEN, release, user, **detail)
    return override


def locked(release_id: int) -> Release:
    """Return the release with its row locked: its decisions are made one after the other."""
    rows = Release.objects.select_for_update(of=("self",))
    return rows.select_related("environment", "requested_by").get(pk=release_id)


def _refuse_own(release: Release, user: User) -> None:
    if user.pk == release.requested_by_id:
        raise Refused(
            f"{user} requested release {release.pk} and so cannot approve it: that takes another "
            "person.",
            next_step="Ask another deployer or an admin.",
            act=release.act(Verb.RELEASE_APPROVED),
        )


def _refuse_other_plan(release: Release, digest: str) -> None:
    act = release.act(Verb.RELEASE_APPROVED)
    if release.state != Release.State.REQUESTED:
        raise Refused(
            f"Release {release.pk} ({release}) is {release.get_state_display()}: it can "
            "no longer be approved.",
            next_step="Nothing is left to do here.",
            act=act,
        )
    if digest != release.digest:
        raise Refused(
            f"You approve the plan {digest[:19] or '(none)'}…, but the plan of release "
            f"{release.pk} is {release.digest[:19]}….",
            next_step="Open the release's page again and read its plan.",
            act=act,
        )
    blockers.refuse_blocked(release, Verb.RELEASE_APPROVED)


def _why_nothing(release: Release, found: Occurrence | None) -> str:
    if not release.is_open:
        return f"it is {release.get_state_display()}"
    return "its environment is not frozen" if found is None else "the freeze is overridden already"


def _audit(verb: Verb, release: Release, user: User, **detail: str) -> None:
    detail = {"version": release.version, **detail}
    audit(release.act(verb), actor=user.actor, detail=detail)
