"""Environments, their resources, plans and secret references by REST."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from environments.models import Environment, ManagedResource, Plan, PlanKind, SecretReference
from portal.api.listing import RowList, found
from portal.api.pagination import NewestFirst


class EnvironmentRow(serializers.ModelSerializer[Environment]):
    """An environment."""

    api_url = serializers.CharField(read_only=True)

    class Meta:
        model = Environment
        fields = [
            "slug",
            "name",
            "position",
            "prefix",
            "settings",
            "home_region",
            "dr_region",
            "owner",
            "cost_center",
        ]
        fields += ["protected", "compartment_ocid", "api_url"]


class ResourceRow(serializers.ModelSerializer[ManagedResource]):
    """A resource that the portal built or adopted."""

    cost_center = serializers.CharField(read_only=True)
    expires = serializers.CharField(read_only=True)

    class Meta:
        model = ManagedResource
        fields = [
            "key",
            "kind",
            "name",
            "ocid",
            "state",
            "tags",
            "cost_center",
            "expires",
            "facts",
            "job",
            "seen_at",
        ]


class PlanRow(serializers.ModelSerializer[Plan]):
    """A plan without its changes."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Plan
        fields = [
            "id",
            "environment",
            "kind",
            "digest",
            "state",
            "counts",
            "needed",
            "estimate_seconds",
            "requested_by",
        ]
        fields += ["made_by_job", "apply_job", "apply_at", "created_at"]


class PlanWhole(PlanRow):
    """A plan with its changes."""

    agreed = serializers.IntegerField(read_only=True, help_text="How many others agreed to it.")

    class Meta(PlanRow.Meta):
        fields = [*PlanRow.Meta.fields, "agreed", "notes", "cost", "options", "changes"]


class SecretRow(serializers.ModelSerializer[SecretReference]):
    """Where a secret is; its value is in Vault alone."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)

    class Meta:
        model = SecretReference
        fields = [
            "environment",
            "name",
            "secret_ocid",
            "version_number",
            "is_placeholder",
            "set_by",
            "set_at",
        ]


class PlanOrder(serializers.Serializer[Any]):
    """What kind of plan is wanted; nothing at all means one that builds."""

    kind = serializers.ChoiceField(choices=PlanKind.choices, required=False, default=PlanKind.APPLY)
    empty = serializers.BooleanField(
        required=False,
        default=False,
        help_text="For a destruction: empty the buckets that are deleted.",
    )


class InOrder(NewestFirst):
    """The environments in the order of promotion."""

    ordering = "position"


class Environments(RowList):
    """The environments."""

    serializer_class = EnvironmentRow
    pagination_class = InOrder
    queryset = Environment.objects.prefetch_related("resources")


class OneEnvironment(APIView):
    """One environment."""

    @extend_schema(responses=EnvironmentRow)
    def get(self, request: Request, slug: str) -> Response:
        """Return it."""
        return Response(EnvironmentRow(Environment.objects.named(slug)).data)


class Resources(RowList):
    """The resources of an environment."""

    serializer_class = ResourceRow
    queryset = ManagedResource.objects.all()
    narrows = {"kind": "kind", "state": "state", "key": "key", "ocid": "ocid"}

    def get_queryset(self) -> Any:
        """Take those of the environment named."""
        return (
            super()
            .get_queryset()
            .filter(environment=Environment.objects.named(self.kwargs["slug"]))
        )


class Secrets(RowList):
    """The references to secrets."""

    serializer_class = SecretRow
    queryset = SecretReference.objects.select_related("environment")
    narrows = {"environment": "environment__slug"}


class Plans(RowList):
    """The plans of an environment."""

    serializer_class = PlanRow
    queryset = Plan.objects.select_related("environment")

    def get_queryset(self) -> Any:
        """Take those of the environment named."""
        return (
            super()
            .get_queryset()
            .filter(environment=Environment.objects.named(self.kwargs["slug"]))
        )


class OnePlan(APIView):
    """One plan with every change."""

    @extend_schema(responses=PlanWhole)
    def get(self, request: Request, pk: int) -> Response:
        """Return it."""
        return Response(PlanWhole(plan_named(None, pk)).data)


def environment_named(given: object, slug: str) -> Environment:
    """Return an environment, or refuse by naming it."""
    row: Environment = Environment.objects.named(slug)
    return row


def plan_named(given: object, pk: int) -> Plan:
    """Return a plan, or refuse by naming it."""
    row: Plan = found(Plan.objects.select_related("environment"), "plan", pk)
    return row
