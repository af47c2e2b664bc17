"""Runbooks in the admin: edited by admins, rendered once, the difference kept in the audit
trail.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from portal.lib.refusal import Invalid
from runbooks import text as texts
from runbooks.models import Runbook
from runbooks.triage import TYPES


class RunbookForm(forms.ModelForm):  # type: ignore[type-arg]
    """A text that can be rendered, or the reason why not beside it."""

    class Meta:
        model = Runbook
        fields = ["kind", "text"]

    def clean_text(self) -> str:
        """Try to render it."""
        text: str = self.cleaned_data["text"]
        try:
            texts.render_unknown(text)
        except Invalid as error:
            raise forms.ValidationError(error.message) from error
        return text


@admin.register(Runbook)
class RunbookAdmin(ModelAdmin):  # type: ignore[misc]
    """The edited runbooks; deleting one puts the text back that came with the portal."""

    form = RunbookForm
    list_display = ["kind", "edited_by", "edited_at"]
    list_select_related = ["edited_by"]

    def get_readonly_fields(self, request: HttpRequest, obj: Runbook | None = None) -> list[str]:
        """Keep the type of a runbook that exists."""
        return ["kind"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the text that came with the portal."""
        kind = request.GET.get("kind", "")
        return {"kind": kind, "text": texts.shipped_text(kind)} if kind in TYPES else {}

    def view_on_site(self, obj: Runbook) -> str:
        """Lead to the runbook's page."""
        return obj.get_absolute_url()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask the model."""
        return Runbook.can_edit(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Runbook | None = None) -> bool:
        """Ask the model."""
        return Runbook.can_edit(request.user)

    has_delete_permission = has_change_permission

    def save_model(self, request: HttpRequest, obj: Runbook, form: Any, change: bool) -> None:
        """Let the model keep it."""
        obj.edit(form.cleaned_data["text"], request.user)  # type: ignore[arg-type]

    def delete_model(self, request: HttpRequest, obj: Runbook) -> None:
        """Let the model put the shipped text back."""
        obj.restore_shipped(request.user)  # type: ignore[arg-type]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer no bulk deletion: it would pass by the model."""
        return {}
