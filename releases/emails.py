"""E-mails about releases: names and the page that shows the rest, never a secret."""

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.mail.outbox import portal_url, queue_email, users_with_role
from portal.notifications.kinds import APPROVAL_WAITING
from portal.notifications.outbox import Audience, notify
from releases.models import Release, Review


def send_request(release: Release) -> int:
    """Ask everybody who may approve it; return how many are told."""
    if not release.needed:
        return 0
    people = users_with_role(Role.DEPLOYER, Role.ADMIN)
    approvers = [person for person in people if release.can_approve(person)]
    slug, expiry = release.environment.slug, release.expires_at
    words = [
        f"{release.requested_by} requests {release.version} for {slug}. "
        f"Approvals needed: {release.needed}.",
        release.notes,
        f"It expires on {expiry:%Y-%m-%d %H:%M} UTC." if expiry else "",
    ]
    return notify(
        APPROVAL_WAITING,
        slug,
        release.subject,
        f"Approve {release}?",
        "\n\n".join(filter(None, words)),
        release.get_absolute_url(),
        f"{release.subject}:approve",
        audience=Audience(people=approvers),
    )


def send_decision(release: Release, what: str, *, by: User | None = None, words: str = "") -> int:
    """Tell the requester what was decided, unless they did it."""
    if by is not None and by.pk == release.requested_by_id:
        return 0
    who = f" by {by}" if by else ""
    body = _body(
        release, f"{release.version} for {release.environment.slug} was {what}{who}.", words
    )
    return queue_email([release.requested_by], f"{what.capitalize()}: {release}", body)


def send_glass_broken(review: Review) -> int:
    """Tell everybody."""
    release = review.release
    body = _body(
        release,
        f"{review.actor} broke the glass: {release.version} goes to {release.environment.slug} "
        "without approvals.",
        f"Reason: {review.reason}",
        f"Incident: {review.incident}",
        f"Skipped checks: {'; '.join(review.waived) or 'none'}.",
        f"Review, to be closed by a second person: {portal_url(review.get_absolute_url())}",
    )
    return queue_email(users_with_role(), f"Break glass: {release}", body)


def _body(release: Release, *lines: str) -> str:
    return "\n\n".join([*filter(None, lines), portal_url(release.get_absolute_url())]) + "\n"
