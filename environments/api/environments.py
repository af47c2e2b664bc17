"""Environments, their resources, plans and secret references by REST."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from environments.models import Environment, ManagedResource, Plan, PlanKind, SecretReference
from environments.reconcile import apply, destroy
from portal.accounts.access import allow
from portal.api.idempotency import HEADER, once
from portal.api.jobs import JobRow
from portal.api.listing import Listing, found
from portal.api.pagination import NewestFirst
from portal.api.who import dangerous, person
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.lib.refusal import Invalid


class EnvironmentRow(serializers.ModelSerializer[Environment]):
    """An environment."""

    api_url = serializers.CharField(read_only=True)

    class Meta:
        model = Environment
        fields = ["slug", "name", "position", "prefix", "settings", "home_region", "dr_region", "owner", "cost_center"]
        fields += ["protected", "compartment_ocid", "api_url"]


class ResourceRow(serializers.ModelSerializer[ManagedResource]):
    """A resource that the portal built or adopted."""

    cost_center = serializers.CharField(read_only=True)
    expires = serializers.CharField(read_only=True)

    class Meta:
        model = ManagedResource
        fields = ["key", "kind", "name", "ocid", "state", "tags", "cost_center", "expires", "facts", "job", "seen_at"]


class PlanRow(serializers.ModelSerializer[Plan]):
    """A plan without its changes."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Plan
        fields = ["id", "environment", "kind", "digest", "state", "counts", "needed", "estimate_seconds", "requested_by"]
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
        fields = ["environment", "name", "secret_ocid", "version_number", "is_placeholder", "set_by", "set_at"]


class PlanOrder(serializers.Serializer[Any]):
    """What kind of plan is wanted; nothing at all means one that builds."""

    kind = serializers.ChoiceField(choices=PlanKind.choices, required=False, default=PlanKind.APPLY)
    empty = serializers.BooleanField(required=False, default=False, help_text="Of a destruction: empty the buckets that go.")


class Agreement(serializers.Serializer[Any]):
    """What an approval must name: the digest of the plan that was read."""

    digest = serializers.CharField(max_length=71)
    comment = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class ApplyOrder(serializers.Serializer[Any]):
    """What an apply must name: the digest of the plan that was read, and the environment when that is protected."""

    digest = serializers.CharField(max_length=71)
    environment = serializers.CharField(max_length=64, required=False, default="")


class InOrder(NewestFirst):
    """The environments in the order of promotion."""

    ordering = "position"


class Environments(Listing):
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


class Resources(Listing):
    """The resources of an environment."""

    serializer_class = ResourceRow
    queryset = ManagedResource.objects.all()
    narrows = {"kind": "kind", "state": "state", "key": "key", "ocid": "ocid"}

    def get_queryset(self) -> Any:
        """Take those of the environment named."""
        return super().get_queryset().filter(environment=Environment.objects.named(self.kwargs["slug"]))


class Secrets(Listing):
    """The references to secrets."""

    serializer_class = SecretRow
    queryset = SecretReference.objects.select_related("environment")
    narrows = {"environment": "environment__slug"}


class Plans(Listing):
    """The plans of an environment."""

    serializer_class = PlanRow
    queryset = Plan.objects.select_related("environment")

    def get_queryset(self) -> Any:
        """Take those of the environment named."""
        return super().get_queryset().filter(environment=Environment.objects.named(self.kwargs["slug"]))

    @extend_schema(request=PlanOrder, parameters=[HEADER], responses={202: JobRow})
    def post(self, request: Request, slug: str) -> Response:
        """Start the job that compares the environment with OCI; its result names the plan."""
        order = PlanOrder(data=request.data or {})
        order.is_valid(raise_exception=True)
        start = self._start_destroy if order.validated_data["kind"] == PlanKind.DESTROY else self._start
        return once(request, lambda: start(request, Environment.objects.named(slug), empty=order.validated_data["empty"]))

    def _start_destroy(self, request: Request, environment: Environment, *, empty: bool) -> Response:
        user, slug = person(request), environment.slug
        allow(environment.can_destroy(user), user, f"take {slug} down", verb=Verb.DESTROY, environment=slug)
        destroy.refuse_protected(environment)
        spec = {"destroy": True, "empty": empty, "requester": user.pk}
        job = submit("environments.plan", environment=slug, actor=user.actor, spec=spec, dedupe=f"destroy:{slug}")
        return Response(JobRow(job).data, status=202)

    def _start(self, request: Request, environment: Environment, *, empty: bool) -> Response:
        user, slug = person(request), environment.slug
        allow(environment.can_plan(user), user, f"plan {slug}", verb=Verb.PLAN_MADE, environment=slug)
        job = submit("environments.plan", environment=slug, actor=user.actor, dedupe=f"plan:{slug}")
        return Response(JobRow(job).data, status=202)


class OnePlan(APIView):
    """One plan with every change."""

    @extend_schema(responses=PlanWhole)
    def get(self, request: Request, pk: int) -> Response:
        """Return it."""
        return Response(PlanWhole(found(Plan.objects.select_related("environment"), "plan", pk)).data)


class ApprovePlan(APIView):
    """Agreeing to a plan that takes two people."""

    @extend_schema(request=Agreement, parameters=[HEADER], responses=PlanRow)
    def post(self, request: Request, pk: int) -> Response:
        """Agree to the plan with the digest given; nothing is started by it."""
        plan = found(Plan.objects.select_related("environment"), "plan", pk)
        words = Agreement(data=request.data)
        words.is_valid(raise_exception=True)
        return once(request, lambda: self._agree(request, plan, **words.validated_data))

    def _agree(self, request: Request, plan: Plan, digest: str, comment: str) -> Response:
        user = dangerous(request)
        destroy.approve(plan, user, digest=digest, comment=comment)
        return Response(PlanRow(plan).data)


class ApplyPlan(APIView):
    """Carrying out a plan."""

    @extend_schema(request=ApplyOrder, parameters=[HEADER], responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Start the job that makes exactly the changes of the plan."""
        plan = found(Plan.objects.select_related("environment"), "plan", pk)
        order = ApplyOrder(data=request.data)
        order.is_valid(raise_exception=True)
        return once(request, lambda: self._start(request, plan, **order.validated_data))

    def _start(self, request: Request, plan: Plan, digest: str, environment: str) -> Response:
        user, slug = dangerous(request), plan.environment.slug
        about = {"verb": Verb.PLAN_APPLY, "subject": f"plan:{plan.pk}", "environment": slug}
        allowed = plan.can_carry_out(user)
        allow(allowed, user, f"carry out plans on {slug}", verb=Verb.PLAN_APPLY, subject=f"plan:{plan.pk}", environment=slug)
        if digest != plan.digest:
            raise Invalid(f"digest is {digest!r}: plan {plan.pk} has {plan.digest}.", next_step="Read the plan again.", **about)
        if (plan.environment.protected or plan.destroys) and environment != slug:
            why = f"the plan takes {slug} down" if plan.destroys else f"{slug} is protected"
            raise Invalid(f"environment is {environment!r}: {why}, so name it to confirm.", **about)
        start = destroy.destroy if plan.destroys else apply.apply
        return Response(JobRow(start(plan, actor=user.actor)).data, status=202)
