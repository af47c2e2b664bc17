"""E-mails in the admin: what was written to whom, whether it was sent."""

from django.contrib import admin

from portal.admin import ReadOnlyAdmin
from portal.mail.models import OutgoingEmail


@admin.register(OutgoingEmail)
class OutgoingEmailAdmin(ReadOnlyAdmin):
    """Every e-mail that was written."""

    list_display = ["subject", "to", "written_at", "status", "tries", "problem"]
    search_fields = ["subject", "to"]
