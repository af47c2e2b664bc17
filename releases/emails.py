"""E-mails about releases: names and the page that shows the rest, never a secret."""

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.mail.outbox import portal_url, queue_email, users_with_role
from releases.models import Release, Review


def send_request(release: Release) -> int:
    """Ask everybody who may approve it; return how many e-mails were written."""
    if not release.needed:
        return 0
    people = users_with_role(Role.DEPLOYER, Role.ADMIN)
    expiry = f"{release.expires_at:%Y-%m-%d %H:%M} UTC" if release.expires_at else ""
    body = _body(
        release,
        f"{release.requested_by} requests {release.version} for {release.environment.slug}. "
        f"Approvals needed: {release.needed}.",
        release.notes,
        f"It expires on {expiry}." if expiry else "",
    )
    approvers = [person for person in people if release.can_approve(person)]
    return queue_email(approvers, f"Approve {release}?", body)


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
