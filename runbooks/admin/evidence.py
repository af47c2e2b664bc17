"""What was seen and what was done, read only."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from environments.admin.records import EvidenceAdmin, coloured
from runbooks.models import Alarm, Entry, Incident, Notification


class EntryInline(TabularInline):  # type: ignore[misc]
    """The timeline."""

    model = Entry
    extra = 0
    fields = readonly_fields = ["at", "actor", "words"]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Incident)
class IncidentAdmin(EvidenceAdmin):
    """Every incident; acknowledging and resolving are on its own page."""

    list_display = ["title", "environment", "standing", "opened_at", "acknowledged_by", "resolved_at"]
    list_filter = ["environment__slug", "state", "kind"]
    list_select_related = ["environment", "acknowledged_by"]
    search_fields = ["title", "proof"]
    date_hierarchy = "opened_at"
    inlines = [EntryInline]

    def view_on_site(self, obj: Incident) -> str:
        """Lead to the incident's page."""
        return obj.get_absolute_url()


@admin.register(Alarm)
class AlarmAdmin(EvidenceAdmin):
    """Every alarm that Monitoring has shown."""

    list_display = ["name", "environment", "reading", "severity", "incident_type", "read_at", "hinted_at"]
    list_filter = ["environment__slug", "status", "incident_type"]
    search_fields = ["name", "ocid", "query"]

    @admin.display(description="status", ordering="status")
    def reading(self, obj: Alarm) -> SafeString:
        """Show what it read last, with its colour."""
        return coloured(obj.status)


@admin.register(Notification)
class NotificationAdmin(EvidenceAdmin):
    """Every message that the webhook kept."""

    list_display = ["received_at", "environment", "kind", "message_id"]
    list_filter = ["environment__slug", "kind"]
    search_fields = ["message_id"]
