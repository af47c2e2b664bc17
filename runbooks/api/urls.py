"""Addresses of incidents and runbooks in the REST API."""

from django.urls import URLPattern, URLResolver, path

from runbooks.api import incidents

urlpatterns: list[URLPattern | URLResolver] = [
    path("incidents/", incidents.Incidents.as_view()),
    path("incidents/<int:pk>/", incidents.OneIncident.as_view()),
    path("incidents/<int:pk>/acknowledge", incidents.Acknowledge.as_view()),
    path("incidents/<int:pk>/resolve", incidents.Resolve.as_view()),
    path("runbooks/", incidents.Runbooks.as_view()),
    path("runbooks/<str:kind>/", incidents.OneRunbook.as_view()),
]
