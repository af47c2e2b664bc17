"""E-mails in the admin: what was written to whom, and whether it was sent."""

from django.contrib import admin

from portal.admin import ReadOnlyAdmin
from portal.mail.models import Letter


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """Every e-mail."""

    list_display = ["subject", "to", "written_at", "standing", "tries", "problem"]
    search_fields = ["subject", "to"]
