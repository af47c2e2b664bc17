"""Plans, resources, secret references and drift in the admin: evidence, read only."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from environments.models import DriftReport, ManagedResource, Plan, SecretReference


class EvidenceAdmin(ModelAdmin):  # type: ignore[misc]
    """Nobody edits what the portal has seen or done."""

    list_select_related = ["environment"]
    list_filter = ["environment__slug"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False


@admin.register(Plan)
class PlanAdmin(EvidenceAdmin):
    """Every plan that was made."""

    list_display = ["id", "environment", "state", "requested_by", "created_at", "estimate_seconds"]
    list_filter = ["environment__slug", "state"]

    def view_on_site(self, obj: Plan) -> str:
        """Lead to the plan's page."""
        return obj.get_absolute_url()


@admin.register(ManagedResource)
class ManagedResourceAdmin(EvidenceAdmin):
    """Everything that the portal built or adopted."""

    list_display = ["key", "environment", "kind", "name", "state", "ocid", "seen_at"]
    list_filter = ["environment__slug", "kind", "state"]
    search_fields = ["key", "name", "ocid"]


@admin.register(SecretReference)
class SecretReferenceAdmin(EvidenceAdmin):
    """Where secrets are; never what they are."""

    list_display = ["name", "environment", "version_number", "set_by", "set_at", "secret_ocid"]


@admin.register(DriftReport)
class DriftReportAdmin(EvidenceAdmin):
    """What scheduled comparisons found."""

    list_display = ["at", "environment", "words", "problem"]
    date_hierarchy = "at"
