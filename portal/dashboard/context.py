"""What every page needs around its content."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Return the admin site's own context for the portal's pages, so that all share one look;
    the admin adds its own.
    """
    if (
        request.path.startswith("/admin/")
        or not getattr(request, "user", None)
        or not request.user.is_authenticated
    ):
        return {}
    return {**admin.site.each_context(request), "sandbox": settings.PORTAL_SANDBOX}
