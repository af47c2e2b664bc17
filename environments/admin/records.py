"""Plans, resources, secret references and drift in the admin: evidence, read only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from environments.models import DriftReport, ManagedResource, Plan, SecretReference
from portal.lib.tone import tone


class PageList(ChangeList):  # type: ignore[misc]
    """A list whose names lead to the thing's own page, where it has one: the admin's form of evidence is raw."""

    def url_for_result(self, result: Any) -> str:
        """Return where the row's name leads."""
        address = getattr(result, "get_absolute_url", None)
        return str(address() if address else super().url_for_result(result))


def coloured(state: str) -> SafeString:
    """Show a state as every page does."""
    return format_html('<span class="p-badge is-{}">{}</span>', tone(state), state.replace("_", " ").lower())


class EvidenceAdmin(ModelAdmin):  # type: ignore[misc]
    """Nobody edits what the portal has seen or done."""

    list_select_related = ["environment"]
    list_filter = ["environment__slug"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Lead to the pages that people read."""
        return PageList

    @admin.display(description="state", ordering="state")
    def standing(self, obj: Any) -> SafeString:
        """Show the state with its colour."""
        return coloured(getattr(obj, "get_state_display", lambda: obj.state)())

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

    list_display = ["__str__", "environment", "standing", "requested_by", "created_at"]
    list_filter = ["environment__slug", "state"]

    @admin.display(description="state", ordering="state")
    def standing(self, obj: Plan) -> SafeString:
        """Say of an open plan that it is not applied: open is what incidents are."""
        return coloured("not applied" if obj.state == "open" else obj.get_state_display())

    def view_on_site(self, obj: Plan) -> str:
        """Lead to the plan's page."""
        return obj.get_absolute_url()


@admin.register(ManagedResource)
class ManagedResourceAdmin(EvidenceAdmin):
    """Everything that the portal built or adopted."""

    list_display = ["key", "environment", "kind", "name", "standing", "seen_at"]
    list_filter = ["environment__slug", "kind", "state"]
    search_fields = ["key", "name", "ocid"]


@admin.register(SecretReference)
class SecretReferenceAdmin(EvidenceAdmin):
    """Where secrets are; never what they are."""

    list_display = ["name", "environment", "version_number", "set_by", "set_at"]


@admin.register(DriftReport)
class DriftReportAdmin(EvidenceAdmin):
    """What scheduled comparisons found."""

    list_display = ["at", "environment", "words", "problem"]
    date_hierarchy = "at"
