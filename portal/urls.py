"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from environments.timeline import timeline
from portal.accounts.views import sign_out
from portal.dashboard import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    # the admin's own doors know no second factor: everybody signs in and out at the portal's
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/logout/", sign_out),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("accounts/", include("portal.accounts.urls")),
    path("oidc/", include("portal.accounts.oidc_urls")),
    path("jobs/", include("portal.jobs.urls")),
    path("api/v1/", include("environments.api.urls")),
    path("api/v1/", include("releases.api.urls")),
    path("api/v1/", include("runbooks.api.urls")),
    path(
        "api/v1/", include("portal.api.urls")
    ),  # last: it answers every other address below api/v1/
    path("environments/", include("environments.urls")),
    path("releases/environment/<slug:slug>/timeline/", timeline, name="timeline"),
    path("releases/", include("releases.urls")),
    path("", include("runbooks.urls")),
    path("", include("portal.notifications.urls")),
    path("", include("portal.dashboard.urls")),
]

handler400 = "portal.accounts.refusals.bad_request"
handler403 = "portal.accounts.refusals.forbidden"
handler404 = "portal.accounts.refusals.not_found"
handler500 = "portal.accounts.refusals.server_error"
