"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from portal.dashboard import audit_pages, export_pages, timeline_pages, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.dashboard, name="dashboard"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/count", views.inbox_count, name="inbox-count"),
    path("releases/environment/<slug:slug>/timeline/", timeline_pages.timeline, name="timeline"),
    path("audit/", audit_pages.audit, name="audit"),
    path("environments/<slug:slug>/export/", export_pages.export, name="environment-export"),
]
