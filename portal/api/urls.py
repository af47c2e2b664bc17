"""Addresses of the REST API that belong to no app, and the answer to every other."""

from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api import audit, jobs
from portal.api.acts import act_path
from portal.api.permissions import IsKnown
from portal.jobs.acts import CANCEL, RESUME


@extend_schema(exclude=True)
class Nothing(APIView):
    """Any other address: says so in the API's own shape, and to the anonymous no more than that."""

    permission_classes = [IsKnown]

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
    path("audit/consistency", audit.Consistency.as_view(), name="audit_consistency"),
    path("audit/proof", audit.ProofOfRow.as_view(), name="audit_proof"),
    path("audit/verifier.py", audit.Verifier.as_view(), name="audit_verifier"),
    path("jobs/", jobs.Jobs.as_view()),
    path("jobs/<uuid:pk>/", jobs.OneJob.as_view()),
    act_path("jobs/<uuid:pk>/cancel", CANCEL, load=jobs.job_named),
    act_path("jobs/<uuid:pk>/resume", RESUME, load=jobs.job_named, body="ResumeOrder"),
    re_path(r"^(?P<rest>.*)$", Nothing.as_view()),
]
