"""Jobs by REST."""

import uuid

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api.listing import RowList, found
from portal.api.pagination import NewestCreatedFirst
from portal.jobs.models import Job


class JobRow(serializers.ModelSerializer[Job]):
    """A job without its steps."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "environment",
            "state",
            "title",
            "actor",
            "result",
            "at_step",
            "reason",
            "next_step",
        ]
        fields += ["created_at", "started_at", "ended_at", "url"]


class Jobs(RowList):
    """The jobs."""

    serializer_class = JobRow
    pagination_class = NewestCreatedFirst
    queryset = Job.objects.all()
    narrows = {"environment": "environment", "kind": "kind", "state": "state"}


class OneJob(APIView):
    """One job with its steps, and their calls to OCI."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: uuid.UUID) -> Response:
        """Return it."""
        return Response(job_named(None, pk).as_dict())


def job_named(given: object, pk: uuid.UUID) -> Job:
    """Return a job, or refuse by naming it."""
    job: Job = found(Job.objects.all(), "job", pk)
    return job
