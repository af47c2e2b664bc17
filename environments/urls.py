"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from environments import views
from environments.drift import views as drift

urlpatterns: list[URLPattern | URLResolver] = [
    path("<slug:slug>/", views.environment, name="environment"),
    path("<slug:slug>/plan/", views.plan_new, name="plan-new"),
    path("<slug:slug>/drift/", drift.drift, name="drift"),
    path("<slug:slug>/drift/look/", drift.look, name="drift-look"),
    path("<slug:slug>/drift/<int:pk>/take-over/", drift.taking_over, name="drift-take-over"),
    path("<slug:slug>/plans/<int:pk>/", views.plan, name="plan"),
    path("<slug:slug>/plans/<int:pk>/apply/", views.plan_apply, name="plan-apply"),
    path("<slug:slug>/rights/", views.rights, name="rights"),
    path("<slug:slug>/secrets/<str:name>/", views.secret, name="secret"),
]
