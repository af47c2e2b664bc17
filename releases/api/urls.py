"""Addresses of releases in the REST API."""

from functools import partial

from django.urls import URLPattern, URLResolver, path

from portal.api.acts import act_path
from releases import acts
from releases.api import bundles, decisions, evidence, releases

decision = partial(act_path, load=releases.release_named, answer=releases.ReleaseWhole, status=200)
urlpatterns: list[URLPattern | URLResolver] = [
    act_path(
        "releases/",
        acts.REQUEST_RELEASE,
        load=releases.target_of,
        view=releases.Releases,
        body=releases.ReleaseOrder,
        answer=releases.ReleaseWhole,
        status=201,
    ),
    path("releases/<int:pk>/", releases.OneRelease.as_view()),
    decision("releases/<int:pk>/approve", acts.APPROVE, body="ReleaseAgreement"),
    decision("releases/<int:pk>/deny", acts.DENY, body="Reason"),
    decision("releases/<int:pk>/withdraw", acts.WITHDRAW, body="Reason"),
    act_path("releases/<int:pk>/deploy", acts.DEPLOY, load=releases.release_named),
    act_path(
        "releases/<int:pk>/rollback",
        acts.ROLL_BACK,
        load=releases.deployment_of,
        body="RollbackOrder",
    ),
    path("bundles/", bundles.Bundles.as_view()),
    path("bundles/<int:pk>/", bundles.OneBundle.as_view()),
    decision("releases/<int:pk>/promote", acts.PROMOTE, body="Promotion", status=201),
    decision("releases/<int:pk>/override", acts.OVERRIDE, body="Reason"),
    act_path(
        "releases/<int:pk>/break-glass",
        acts.BREAK_GLASS,
        load=releases.release_named,
        body="Emergency",
    ),
    path("reviews/", decisions.Reviews.as_view()),
    act_path(
        "reviews/<int:pk>/close",
        acts.CLOSE_REVIEW,
        load=decisions.review_named,
        body="Finding",
        answer=decisions.ReviewRow,
        status=200,
    ),
    path("freezes/", decisions.Freezes.as_view()),
    path("deployments/", releases.Deployments.as_view()),
    path("deployments/<int:pk>/evidence", evidence.Evidence.as_view()),
]
