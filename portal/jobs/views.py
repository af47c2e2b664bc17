"""The page of a job."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from portal.accounts.access import role_required
from portal.jobs.models import Job


@role_required()
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the job."""
    return JsonResponse(get_object_or_404(Job, pk=pk).as_dict())
