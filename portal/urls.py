"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("portal.accounts.urls")),
    path("oidc/", include("portal.accounts.oidc_urls")),
    path("jobs/", include("portal.jobs.urls")),
    path("api/v1/", include("portal.api.urls")),
    path("environments/", include("environments.urls")),
    path("releases/", include("releases.urls")),
    path("", include("runbooks.urls")),
    path("", include("portal.dashboard.urls")),
]
