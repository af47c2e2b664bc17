"""Freeze windows in the admin: written as people say them, with the next occurrences before
they are saved.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from portal.accounts.refusals import actor_of
from portal.lib.clock import now
from releases.approvals import freeze, windows
from releases.models import FreezeWindow

PREVIEW = "freeze-preview"
LIVE = {
    "hx-get": reverse_lazy("freeze-preview"),
    "hx-trigger": "change, keyup delay:400ms",
    "hx-include": (
        "#id_repeats, #id_starts, #id_ends, #id_zone"
    ),  # not the whole form: its token has no place in an address
    "hx-target": f"#{PREVIEW}",
}
FIELDS = ["name", "environments", "repeats", "starts", "ends", "zone", "enabled"]


class FreezeWindowForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of a window; what it means shows beside it."""

    class Meta:
        model = FreezeWindow
        fields = FIELDS
        widgets = {
            "environments": UnfoldAdminCheckboxSelectMultipleWidget(),
            "repeats": UnfoldAdminSelectWidget(attrs=LIVE),
            **{name: UnfoldAdminTextInputWidget(attrs=LIVE) for name in ("starts", "ends", "zone")},
        }


@admin.register(FreezeWindow)
class FreezeWindowAdmin(ModelAdmin):  # type: ignore[misc]
    """When nothing new is deployed; admins write it, everybody may read it."""

    form = FreezeWindowForm
    list_display = ["name", "where", "repeats", "starts", "ends", "zone", "enabled"]
    fields = [*FIELDS, "coming"]
    readonly_fields = ["coming"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the environments of all rows at once."""
        return super().get_queryset(request).prefetch_related("environments")

    @admin.display(description="environments")
    def where(self, obj: FreezeWindow) -> str:
        """Name the environments."""
        return ", ".join(one.slug for one in obj.environments.all())

    @admin.display(description="next three times")
    def coming(self, obj: FreezeWindow | None) -> SafeString:
        """Show the next occurrences; the form's fields put new ones here as they are typed."""
        shown = ""
        if obj and obj.pk:
            context = {"coming": windows.coming(obj.window, now()), "zone": obj.zone}
            shown = render_to_string("releases/_freeze_preview.html", context)
        return format_html('<div id="{}">{}</div>', PREVIEW, shown)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those write who may."""
        return FreezeWindow.can_change(request.user)

    def has_change_permission(self, request: HttpRequest, obj: FreezeWindow | None = None) -> bool:
        """Let those write who may."""
        return FreezeWindow.can_change(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: FreezeWindow | None = None) -> bool:
        """Let those write who may."""
        return FreezeWindow.can_change(request.user)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Tell of the window when its environments are stored as well."""
        super().save_related(request, form, formsets, change)
        freeze.audit_change(
            form.instance, actor_of(request), changed=form.changed_data if change else FIELDS
        )

    def delete_model(self, request: HttpRequest, obj: FreezeWindow) -> None:
        """Delete one, and tell."""
        freeze.audit_change(obj, actor_of(request), changed=["deleted"])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete several, and tell of each."""
        for window in queryset:
            self.delete_model(request, window)
