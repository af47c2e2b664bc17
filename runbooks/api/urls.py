"""Addresses of incidents and runbooks in the REST API."""

from functools import partial

from django.urls import URLPattern, URLResolver, path

from portal.api.acts import act_path
from runbooks.acts import ACKNOWLEDGE, RESOLVE
from runbooks.api import incidents

act_on_incident = partial(
    act_path, load=incidents.incident_named, answer=incidents.IncidentWhole, status=200
)
urlpatterns: list[URLPattern | URLResolver] = [
    path("incidents/", incidents.Incidents.as_view()),
    path("incidents/<int:pk>/", incidents.OneIncident.as_view()),
    act_on_incident("incidents/<int:pk>/acknowledge", ACKNOWLEDGE),
    act_on_incident("incidents/<int:pk>/resolve", RESOLVE, body="Reason"),
    path("runbooks/", incidents.Runbooks.as_view()),
    path("runbooks/<str:kind>/", incidents.OneRunbook.as_view()),
]
