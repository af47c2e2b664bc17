"""What people are told by mail about releases; a letter has no secret in it, only names and the page that shows the rest."""

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.mail.outbox import holders, link, post
from releases.models import Release, Review


def requested(release: Release) -> int:
    """Ask everybody who may approve it; return how many letters were written."""
    if not release.needed:
        return 0
    asked = [person for person in holders(Role.DEPLOYER, Role.ADMIN) if release.can_approve(person)]
    until = f"It expires on {release.expires_at:%Y-%m-%d %H:%M} UTC." if release.expires_at else ""
    body = _body(
        release,
        f"{release.requested_by} asks for {release.version} in {release.environment.slug}. Approvals needed: {release.needed}.",
        release.notes,
        until,
    )
    return post(asked, f"Approve {release}?", body)


def decided(release: Release, what: str, *, by: User | None = None, words: str = "") -> int:
    """Tell the requester what became of the request, unless it was the requester's own doing."""
    if by is not None and by.pk == release.requested_by_id:
        return 0
    who = f" by {by}" if by else ""
    body = _body(release, f"{release.version} for {release.environment.slug} was {what}{who}.", words)
    return post([release.requested_by], f"{what.capitalize()}: {release}", body)


def glass_broken(review: Review) -> int:
    """Tell everybody."""
    release = review.release
    body = _body(
        release,
        f"{review.actor} broke the glass: {release.version} goes to {release.environment.slug} without asking anybody.",
        f"Reason: {review.reason}",
        f"Incident: {review.incident}",
        f"Gone without: {'; '.join(review.waived) or 'nothing'}.",
        f"Review, to be closed by a second person: {link(review.get_absolute_url())}",
    )
    return post(holders(), f"Glass broken: {release}", body)


def _body(release: Release, *lines: str) -> str:
    return "\n\n".join([*(line for line in lines if line), link(release.get_absolute_url())]) + "\n"
