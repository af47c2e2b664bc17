"""Letters in the admin: what was written to whom, whether it left."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from portal.mail.models import Letter


@admin.register(Letter)
class LetterAdmin(ModelAdmin):  # type: ignore[misc]
    """Nobody edits what was written."""

    list_display = ["subject", "to", "written_at", "standing", "tries", "problem"]
    search_fields = ["subject", "to"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False
