"""What was seen and what was done, read only."""

from django.contrib import admin
from django.utils.safestring import SafeString

from environments.admin.records import EnvironmentRecordAdmin
from portal.admin import ReadOnlyInline, coloured
from runbooks.models import Alarm, Entry, Incident, Notification


class EntryInline(ReadOnlyInline):
    """The timeline."""

    model = Entry
    fields = readonly_fields = ["at", "actor", "words"]


@admin.register(Incident)
class IncidentAdmin(EnvironmentRecordAdmin):
    """Every incident."""

    list_display = [
        "title",
        "environment",
        "coloured_state",
        "opened_at",
        "acknowledged_by",
        "resolved_at",
    ]
    list_filter = ["environment__slug", "state", "kind"]
    list_select_related = ["environment", "acknowledged_by"]
    search_fields = ["title", "proof"]
    date_hierarchy = "opened_at"
    inlines = [EntryInline]


@admin.register(Alarm)
class AlarmAdmin(EnvironmentRecordAdmin):
    """Every alarm that Monitoring has shown."""

    list_display = [
        "name",
        "environment",
        "reading",
        "severity",
        "incident_type",
        "read_at",
        "hinted_at",
    ]
    list_filter = ["environment__slug", "status", "incident_type"]
    search_fields = ["name", "ocid", "query"]

    @admin.display(description="status", ordering="status")
    def reading(self, obj: Alarm) -> SafeString:
        """Show what it read last, with its colour."""
        return coloured(obj.status)


@admin.register(Notification)
class NotificationAdmin(EnvironmentRecordAdmin):
    """Every message that the webhook kept."""

    list_display = ["received_at", "environment", "kind", "message_id"]
    list_filter = ["environment__slug", "kind"]
    search_fields = ["message_id"]
