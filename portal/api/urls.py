"""Addresses of the REST API."""

from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api.views import audit, bundles, decisions, drift, environments, evidence, incidents, jobs, releases


@extend_schema(exclude=True)
class Nothing(APIView):
    """Any other address: says so in the API's own shape, and to the anonymous no more than that."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse every method alike."""
        super().initial(request, *args, **kwargs)
        raise NotFound(f"There is nothing at {request.path}.")

    def get(self, request: Request, rest: str) -> Response:
        """Never reached."""
        raise NotFound


urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", extend_schema(exclude=True)(SpectacularJSONAPIView).as_view(), name="schema"),
    path("audit/events", audit.Events.as_view(), name="audit_events"),
    path("audit/head", audit.CurrentHead.as_view(), name="audit_head"),
    path("audit/heads", audit.Heads.as_view(), name="audit_heads"),
    path("audit/proof", audit.ProofOfRow.as_view(), name="audit_proof"),
    path("audit/verifier.py", audit.Verifier.as_view(), name="audit_verifier"),
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
    path("jobs/", jobs.Jobs.as_view()),
    path("jobs/<uuid:pk>/", jobs.OneJob.as_view()),
    path("jobs/<uuid:pk>/cancel", jobs.CancelJob.as_view()),
    path("jobs/<uuid:pk>/resume", jobs.ResumeJob.as_view()),
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
    path("incidents/", incidents.Incidents.as_view()),
    path("incidents/<int:pk>/", incidents.OneIncident.as_view()),
    path("incidents/<int:pk>/acknowledge", incidents.Acknowledge.as_view()),
    path("incidents/<int:pk>/resolve", incidents.Resolve.as_view()),
    path("runbooks/", incidents.Runbooks.as_view()),
    path("runbooks/<str:kind>/", incidents.OneRunbook.as_view()),
    re_path(r"^(?P<rest>.*)$", Nothing.as_view()),
]
