"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from portal.jobs import views

app_name = "jobs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("<uuid:pk>/", views.job, name="job"),
]
