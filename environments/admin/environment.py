"""Environments in the admin: the desired state, edited by admins."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from environments import naming
from environments.admin.settings_form import FIELDSETS, BaseEnvironmentForm, EnvironmentForm
from environments.models import Environment
from environments.settings.second_admin import PendingChange
from portal.accounts.refusals import actor_of
from portal.accounts.roles import Role, has_role
from portal.acts.admin import ActsMixin

KEPT = ("owner", "cost_center", "protected", "home_region", "dr_region", "name")

FIXED = ("slug", "prefix", "position", "home_region")  # once it exists in OCI


@admin.register(Environment)
class EnvironmentAdmin(ActsMixin):
    """The settings of an environment; what they mean in OCI is shown by a plan."""

    form = EnvironmentForm
    list_display = ["slug", "name", "home_region", "owner", "cost_center", "protected"]
    ordering = ["position"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "slug",
                    "name",
                    "position",
                    "prefix",
                    "owner",
                    "cost_center",
                    "protected",
                    "waits_for_admin",
                    "seen",
                ]
            },
        ),
        ("Regions", {"fields": ["home_region", "dr_region"]}),
        *FIELDSETS,
        (
            "Names in OCI",
            {
                "fields": ["names"],
                "description": "The naming convention: every name comes from slug and prefix.",
            },
        ),
    ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Environment | None = None
    ) -> list[str]:
        """Fix what names and places in OCI are made of, once it exists.

        With another region the next plan would find nothing there, and build a second one.
        """
        return ["names", "waits_for_admin", *(FIXED if obj and obj.compartment_ocid else [])]

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Tell the form who fills it in: removing checks takes two people."""
        made = super().get_form(request, *args, **kwargs)
        made.actor = actor_of(request)
        return made

    @admin.display(description="Waits for a second admin")
    def waits_for_admin(self, obj: Environment | None) -> str:
        """Show which checks one admin asks to remove, for another to confirm."""
        first = PendingChange.from_json(obj.pending_change) if obj else None
        if first is None:
            return "nothing"
        values = ", ".join(f"{name} {value}" for name, value in first.values.items())
        return f"{values} (requested by {first.account}, {first.at[:16]} UTC)"

    @admin.display(description="Convention")
    def names(self, obj: Environment | None) -> str:
        """Show how everything of this environment is called."""
        if obj is None or not obj.slug:
            return "Known once slug and prefix are saved."
        return format_html_join("", "{}: {}<br>", naming.convention(obj.prefix, obj.slug))

    def has_change_permission(self, request: HttpRequest, obj: Environment | None = None) -> bool:
        """Let admins edit."""
        return obj.can_change_settings(request.user) if obj else has_role(request.user, Role.ADMIN)

    def has_delete_permission(self, request: HttpRequest, obj: Environment | None = None) -> bool:
        """Delete none: what is in OCI would be forgotten."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Environment, form: BaseEnvironmentForm, change: bool
    ) -> None:
        """Save, with the old and the new values in the audit trail."""
        before = Environment.objects.filter(pk=obj.pk).values(*KEPT).first() or {}
        super().save_model(request, obj, form, change)
        changed: dict[str, Any] = {
            name: {"before": before.get(name), "after": value}
            for name in KEPT
            if before.get(name) != (value := getattr(obj, name))
        }
        if form.requested_by:
            changed["requested_by"] = form.requested_by
        obj.change_settings(form.values, actor=actor_of(request), detail=changed)
