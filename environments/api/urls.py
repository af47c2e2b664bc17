"""Addresses of environments in the REST API."""

from django.urls import URLPattern, URLResolver, path

from environments.api import drift, environments

urlpatterns: list[URLPattern | URLResolver] = [
    path("environments/", environments.Environments.as_view()),
    path("environments/<str:slug>/", environments.OneEnvironment.as_view()),
    path("environments/<str:slug>/resources/", environments.Resources.as_view()),
    path("environments/<str:slug>/plans/", environments.Plans.as_view()),
    path("environments/<str:slug>/drift/", drift.DriftOf.as_view()),
    path("drift/<int:pk>/take-over", drift.TakeOver.as_view()),
    path("plans/<int:pk>/", environments.OnePlan.as_view()),
    path("plans/<int:pk>/approve", environments.ApprovePlan.as_view()),
    path("plans/<int:pk>/apply", environments.ApplyPlan.as_view()),
    path("secrets/", environments.Secrets.as_view()),
]
