"""People in the admin: read only."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group

from portal.accounts.models import User
from portal.admin import ReadOnlyAdmin

for model in (
    Group,
    EmailAddress,
    Authenticator,
    UserSession,
):  # what they show or grant comes from elsewhere
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Who has signed in, with the roles that the identity provider gave last.

    People and rights come from the identity provider, break-glass accounts from the command line.
    """

    list_display = (
        "username",
        "first_name",
        "last_name",
        "roles",
        "is_active",
        "last_login",
        "issuer",
    )
    list_filter = ("is_active",)
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    fields = (
        "username",
        "first_name",
        "last_name",
        "email",
        "roles",
        "is_active",
        "issuer",
        "subject",
        "last_login",
        "date_joined",
    )
    readonly_fields = fields
