"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from portal.dashboard import audit, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.dashboard, name="dashboard"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/count", views.inbox_count, name="inbox-count"),
    path("audit/", audit.audit, name="audit"),
]
