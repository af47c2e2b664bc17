"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from runbooks import views
from runbooks.alarms import webhook

urlpatterns: list[URLPattern | URLResolver] = [
    path("incidents/", views.incidents, name="incidents"),
    path("alarms/<slug:slug>/muted", views.muted, name="environment-muted"),
    path("incidents/<int:pk>/", views.incident, name="incident"),
    path("incidents/<int:pk>/probe", views.probe, name="incident-probe"),
    path("incidents/<int:pk>/acknowledge", views.acknowledge, name="incident-acknowledge"),
    path("incidents/<int:pk>/resolve", views.resolve, name="incident-resolve"),
    path("alarms/<slug:slug>/<path:name>/", views.alarm, name="alarm"),
    path("runbooks/", views.runbooks, name="runbooks"),
    path("runbooks/<slug:kind>/", views.runbook, name="runbook"),
    path("hooks/oci-notifications/", webhook.oci_notifications, name="oci-notifications"),
]
