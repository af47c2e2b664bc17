"""Smoke tests in the admin: the list leads to the editor, versions and runs are read only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from environments.admin.records import EnvironmentRecordAdmin
from portal.acts.admin import ActsMixin
from releases.models import SmokeRun, SmokeTest, SmokeVersion


@admin.register(SmokeTest)
class SmokeTestAdmin(ActsMixin):
    """One test per environment; its own editor shows what the steps mean, so the admin leads
    there.
    """

    list_display = ["environment", "number", "is_standard", "changed_at", "changed_by"]
    list_select_related = ["environment", "changed_by"]

    @admin.display(boolean=True, description="as the standard test")
    def is_standard(self, obj: SmokeTest) -> bool:
        """Say whether somebody changed it."""
        return obj.is_standard

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Add none: every environment gets its test when it is first asked for."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: SmokeTest | None = None) -> bool:
        """Let those edit who may."""
        return SmokeTest.can_edit(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: SmokeTest | None = None) -> bool:
        """Delete none: a deployment without a test would go unchecked."""
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Lead to the editor, or to the runs for those who only look."""
        test = self.get_object(request, object_id)
        if test is None or not self.has_view_or_change_permission(request, test):
            return super().change_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        return redirect(
            "smoke-edit" if SmokeTest.can_edit(request.user) else "smoke", test.environment.slug
        )


@admin.register(SmokeVersion)
class SmokeVersionAdmin(EnvironmentRecordAdmin):
    """What was tested when."""

    list_display = ["__str__", "test", "words", "by", "at"]
    list_select_related = ["test__environment", "by"]
    list_filter = ["test__environment__slug"]


@admin.register(SmokeRun)
class SmokeRunAdmin(EnvironmentRecordAdmin):
    """Every run, with each step."""

    list_display = ["__str__", "environment", "origin", "words", "started_at", "ended_at"]
    list_filter = ["environment__slug", "passed", "origin"]
