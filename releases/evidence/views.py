"""The button that hands out the evidence of a deployment."""

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_GET

from portal.accounts.access import role_required
from portal.accounts.models import User
from portal.accounts.requests import SignedInRequest
from portal.lib.refusal import Missing
from releases.evidence import pack
from releases.models import Deployment


@require_GET
@role_required()
def evidence(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """Send the pack as a zip."""
    return send_pack(get_deployment(pk), request.user)


def get_deployment(pk: int) -> Deployment:
    """Return a deployment with what the pack tells of it."""
    found = Deployment.objects.select_related(
        "environment", "release__requested_by", "release__decided_by", "job"
    )
    deployment = found.filter(pk=pk).first()
    if deployment is None:
        raise Missing(
            f"There is no deployment {pk}.",
            next_step="The releases' pages lead to their deployments.",
        )
    return deployment


def send_pack(deployment: Deployment, user: User) -> StreamingHttpResponse:
    """Return the zip, after the row that says who took it."""
    folder = f"evidence-{deployment.environment.slug}-{deployment.pk}"
    response = StreamingHttpResponse(
        pack.zipped(pack.make_pack(deployment, user), folder=folder), content_type="application/zip"
    )
    response["Content-Disposition"] = f'attachment; filename="{folder}.zip"'
    return response
