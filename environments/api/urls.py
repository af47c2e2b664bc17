"""Addresses of environments in the REST API."""

from django.urls import URLPattern, URLResolver, path

from environments import acts
from environments.api import drift, environments
from environments.models import PlanKind
from portal.api.acts import act_path

urlpatterns: list[URLPattern | URLResolver] = [
    path("environments/", environments.Environments.as_view()),
    path("environments/<str:slug>/", environments.OneEnvironment.as_view()),
    path("environments/<str:slug>/resources/", environments.Resources.as_view()),
    act_path(
        "environments/<str:slug>/plans/",
        acts.PLAN,
        acts.PLAN_DESTROY,
        load=environments.environment_named,
        view=environments.Plans,
        body=environments.PlanOrder,
        choose=lambda row, given: (
            acts.PLAN_DESTROY if given["kind"] == PlanKind.DESTROY else acts.PLAN
        ),
    ),
    act_path(
        "environments/<str:slug>/drift/",
        acts.DETECT_DRIFT,
        load=environments.environment_named,
        view=drift.DriftOf,
    ),
    act_path(
        "drift/<int:pk>/take-over",
        acts.ACCEPT,
        load=drift.difference_named,
        answer=drift.DriftRow,
        status=200,
    ),
    path("plans/<int:pk>/", environments.OnePlan.as_view()),
    act_path(
        "plans/<int:pk>/approve",
        acts.AGREE,
        load=environments.plan_named,
        body="Agreement",
        answer=environments.PlanRow,
        status=200,
    ),
    act_path(
        "plans/<int:pk>/apply",
        acts.APPLY,
        acts.DESTROY,
        load=environments.plan_named,
        body="ApplyOrder",
        choose=lambda plan, given: acts.DESTROY if plan.destroys else acts.APPLY,
    ),
    path("secrets/", environments.Secrets.as_view()),
]
