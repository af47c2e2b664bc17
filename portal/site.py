"""The admin site: who may enter, its name and its front page."""

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class PortalAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """The admin, open to everybody who holds a role; what each may do there is asked of the
    predicates.
    """

    site_title = "Portal"
    site_header = "Portal"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in every active account with a role."""
        return bool(request.user.is_active and getattr(request.user, "roles", None))
