"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from releases import smoke_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.releases, name="releases"),
    path("new", views.new, name="release-new"),
    path("images", views.image_list, name="release-images"),
    path("rollback", views.roll_back, name="rollback"),
    path("environment/<slug:slug>/", views.of_environment, name="environment-release"),
    path("smoke/<slug:slug>/", smoke_views.runs, name="smoke"),
    path("smoke/<slug:slug>/run", smoke_views.start, name="smoke-start"),
    path("smoke-runs/<int:pk>/", smoke_views.run, name="smoke-run"),
    path("<int:pk>/", views.release, name="release"),
    path("<int:pk>/progress", views.progress, name="release-progress"),
    path("<int:pk>/approve", views.approve, name="release-approve"),
    path("<int:pk>/deny", views.deny, name="release-deny"),
    path("<int:pk>/withdraw", views.withdraw, name="release-withdraw"),
    path("<int:pk>/deploy", views.deploy, name="release-deploy"),
    path("<int:pk>/again", views.again, name="release-again"),
]
