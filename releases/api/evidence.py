"""The evidence of a deployment by REST: the same zip as the button's."""

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.acts.spec import TokenScope
from portal.api.permissions import HasRole
from portal.api.who import person
from releases.evidence import pack
from releases.evidence.views import get_deployment, send_pack


class TakesEvidence(HasRole):
    """Lets in those who may take evidence: the same as the page asks."""

    roles = pack.ROLES
    scopes = (TokenScope.AUDIT, TokenScope.DEPLOY, TokenScope.ADMIN)


class Evidence(APIView):
    """Everything about one deployment in one zip that verifies offline (`python verifier.py
    .` in the unpacked folder).
    """

    permission_classes = [TakesEvidence]

    @extend_schema(
        operation_id="deployment_evidence",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """Record that it was taken, then send it."""
        return send_pack(get_deployment(pk), person(request))
