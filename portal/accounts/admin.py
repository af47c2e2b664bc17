"""People in the admin: looked at, switched on and off, never given a right."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from portal.accounts.models import User

for model in (Group, EmailAddress, Authenticator, UserSession):  # they show or grant what nobody may see or grant here
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(ModelAdmin):  # type: ignore[misc]
    """Who has been here, with the roles of the last word from the identity provider."""

    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login", "issuer")
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let nobody in by hand: people come from the identity provider, break-glass accounts from the command line."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Change nobody: rights come from groups alone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Delete nobody: audit rows name them."""
        return False
