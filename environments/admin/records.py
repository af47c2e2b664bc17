"""Plans, resources, secret references and drift in the admin: read only, with their acts."""

from django.contrib import admin
from django.utils.safestring import SafeString

from environments.models import DriftItem, DriftReport, ManagedResource, Plan, SecretReference
from portal.acts.admin import ActsMixin
from portal.admin import ReadOnlyAdmin, coloured


class EnvironmentRecordAdmin(ActsMixin, ReadOnlyAdmin):
    """Rows that belong to an environment."""

    list_select_related = ["environment"]
    list_filter = ["environment__slug"]


@admin.register(Plan)
class PlanAdmin(EnvironmentRecordAdmin):
    """Every plan that was made."""

    list_display = ["__str__", "environment", "coloured_state", "requested_by", "created_at"]
    list_filter = ["environment__slug", "state"]

    @admin.display(description="state", ordering="state")
    def coloured_state(self, obj: Plan) -> SafeString:
        """Say of an open plan that it is not applied: open is what incidents are."""
        return coloured("not applied" if obj.state == "open" else obj.get_state_display())


@admin.register(ManagedResource)
class ManagedResourceAdmin(EnvironmentRecordAdmin):
    """Everything that the portal built or adopted."""

    list_display = ["key", "environment", "kind", "name", "coloured_state", "seen_at"]
    list_filter = ["environment__slug", "kind", "state"]
    search_fields = ["key", "name", "ocid"]


@admin.register(SecretReference)
class SecretReferenceAdmin(EnvironmentRecordAdmin):
    """Where secrets are; never what they are."""

    list_display = ["name", "environment", "version_number", "set_by", "set_at"]


@admin.register(DriftItem)
class DifferenceAdmin(EnvironmentRecordAdmin):
    """Every difference between the settings and OCI, the closed ones included."""

    list_display = [
        "__str__",
        "environment",
        "sort",
        "kind",
        "name",
        "who",
        "first_seen",
        "closed_at",
    ]
    list_filter = ["environment__slug", "sort", "kind"]
    search_fields = ["key", "name", "ocid", "who"]


@admin.register(DriftReport)
class DriftReportAdmin(EnvironmentRecordAdmin):
    """What scheduled comparisons found."""

    list_display = ["at", "environment", "words", "problem"]
    date_hierarchy = "at"
