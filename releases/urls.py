"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from releases import views
from releases.approvals import views as decision_views
from releases.deployment import views as operate_views
from releases.evidence import views as evidence_views
from releases.frontend import views as frontend_views
from releases.requests import views as request_views
from releases.scaling import views as scaling_views
from releases.smoke import views as smoke_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.releases, name="releases"),
    path("new", request_views.new, name="release-new"),
    path("images", request_views.image_list, name="release-images"),
    path("rollback", views.roll_back, name="rollback"),
    path("bundles/", frontend_views.bundles, name="bundles"),
    path("bundles/<int:pk>/", frontend_views.bundle, name="bundle"),
    path("frontend/<slug:slug>/", frontend_views.frontend, name="frontend"),
    path("frontend/<slug:slug>/served", frontend_views.served, name="frontend-served"),
    path("frontend/<slug:slug>/back/<int:pk>", frontend_views.roll_back, name="frontend-back"),
    path("scale/<slug:slug>/", scaling_views.scale, name="scale"),
    path("scale/<slug:slug>/load", scaling_views.charts, name="scale-load"),
    path("holds/<int:pk>/", operate_views.hold, name="hold"),
    path("jobs/<uuid:pk>/go-on", operate_views.go_on, name="go-on"),
    path("logs/<slug:slug>/", operate_views.logs, name="container-logs"),
    path("log/<int:pk>/", operate_views.log, name="container-log"),
    path("environment/<slug:slug>/", views.live_card, name="environment-release"),
    path("deployments/<int:pk>/evidence", evidence_views.evidence, name="deployment-evidence"),
    path("compare", request_views.compare, name="release-compare"),
    path("smoke/<slug:slug>/", smoke_views.runs, name="smoke"),
    path("smoke/<slug:slug>/run", smoke_views.start, name="smoke-start"),
    path("smoke/<slug:slug>/edit", smoke_views.edit, name="smoke-edit"),
    path("smoke/<slug:slug>/check", smoke_views.check, name="smoke-check"),
    path("smoke/<slug:slug>/save", smoke_views.save, name="smoke-save"),
    path("smoke-versions/<int:pk>/", smoke_views.version, name="smoke-version"),
    path("smoke-runs/<int:pk>/", smoke_views.run, name="smoke-run"),
    path("<int:pk>/", views.release, name="release"),
    path("<int:pk>/progress", views.progress, name="release-progress"),
    path("<int:pk>/approve", decision_views.approve, name="release-approve"),
    path("<int:pk>/deny", decision_views.deny, name="release-deny"),
    path("<int:pk>/withdraw", decision_views.withdraw, name="release-withdraw"),
    path("<int:pk>/deploy", views.deploy, name="release-deploy"),
    path("<int:pk>/promote", request_views.promote_up, name="release-promote"),
    path("<int:pk>/promote/images", request_views.promote_images, name="release-promote-images"),
    path("<int:pk>/override", decision_views.override, name="release-override"),
    path("<int:pk>/break-glass", decision_views.break_glass, name="release-break-glass"),
    path("reviews/<int:pk>/", decision_views.review, name="review"),
    path("freezes/preview", decision_views.freeze_preview, name="freeze-preview"),
    path("<int:pk>/again", request_views.again, name="release-again"),
]
