"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from portal.jobs import views

app_name = "jobs"
urlpatterns: list[URLPattern | URLResolver] = [
    path("<uuid:pk>/", views.job, name="job"),
    path("<uuid:pk>/progress/", views.progress, name="progress"),
    path("<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("<uuid:pk>/resume/", views.resume, name="resume"),
    path("<uuid:pk>/abandon/", views.abandon, name="abandon"),
]
