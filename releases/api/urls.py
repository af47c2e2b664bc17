"""Addresses of releases in the REST API."""

from django.urls import URLPattern, URLResolver, path

from releases.api import bundles, decisions, evidence, releases

urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/", releases.Releases.as_view()),
    path("releases/<int:pk>/", releases.OneRelease.as_view()),
    path("releases/<int:pk>/approve", releases.Approve.as_view()),
    path("releases/<int:pk>/deny", releases.Deny.as_view()),
    path("releases/<int:pk>/withdraw", releases.Withdraw.as_view()),
    path("releases/<int:pk>/deploy", releases.Deploy.as_view()),
    path("releases/<int:pk>/rollback", releases.RollBack.as_view()),
    path("bundles/", bundles.Bundles.as_view()),
    path("bundles/<int:pk>/", bundles.OneBundle.as_view()),
    path("releases/<int:pk>/promote", decisions.Promote.as_view()),
    path("releases/<int:pk>/override", decisions.Override.as_view()),
    path("releases/<int:pk>/break-glass", decisions.BreakGlass.as_view()),
    path("reviews/", decisions.Reviews.as_view()),
    path("reviews/<int:pk>/close", decisions.CloseReview.as_view()),
    path("freezes/", decisions.Freezes.as_view()),
    path("deployments/", releases.Deployments.as_view()),
    path("deployments/<int:pk>/evidence", evidence.Evidence.as_view()),
]
