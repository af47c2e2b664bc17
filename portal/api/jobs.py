"""Jobs by REST."""

import uuid
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api.idempotency import HEADER, once
from portal.api.listing import Listing, found
from portal.api.pagination import NewestCreatedFirst
from portal.api.permissions import Works
from portal.api.who import person
from portal.jobs.models import Job


class JobRow(serializers.ModelSerializer[Job]):
    """A job without its steps."""

    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Job
        fields = ["id", "kind", "environment", "state", "title", "actor", "result", "at_step", "reason", "next_step"]
        fields += ["created_at", "started_at", "ended_at", "url"]


class ResumeOrder(serializers.Serializer[Any]):
    """How a parked job goes on."""

    looked = serializers.BooleanField(
        default=False, help_text="Your word that you looked in OCI, and the call of unknown outcome did not happen."
    )


class Jobs(Listing):
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
        return Response(found(Job.objects.all(), "job", pk).as_dict())


class CancelJob(APIView):
    """Cancelling a job."""

    permission_classes = [Works]

    @extend_schema(request=None, parameters=[HEADER], responses={202: JobRow})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Ask for it: the job stops before its next call to OCI, then undoes what it can."""
        return once(request, lambda: self._ask(request, found(Job.objects.all(), "job", pk)))

    def _ask(self, request: Request, job: Job) -> Response:
        job.request_cancel(person(request).actor)  # which job may be cancelled is the job's own word
        return Response(JobRow(job).data, status=202)


class ResumeJob(APIView):
    """Resuming a parked job."""

    permission_classes = [Works]

    @extend_schema(request=ResumeOrder, parameters=[HEADER], responses={202: JobRow})
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Let it go on from where it stopped."""
        order = ResumeOrder(data=request.data)
        order.is_valid(raise_exception=True)
        return once(request, lambda: self._resume(request, found(Job.objects.all(), "job", pk), order.validated_data["looked"]))

    def _resume(self, request: Request, job: Job, looked: bool) -> Response:
        job.resume(person(request).actor, looked=looked)
        return Response(JobRow(job).data, status=202)
