"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from portal.dashboard import audit_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("audit/", audit_pages.audit, name="audit"),
]
