"""The base of admin lists whose rows nobody edits."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from portal.lib.tone import tone


class PageList(ChangeList):  # type: ignore[misc]
    """A list whose names lead to the thing's own page, where it has one."""

    def url_for_result(self, result: Any) -> str:
        """Return where the row's name leads."""
        address = getattr(result, "get_absolute_url", None)
        return str(address() if address else super().url_for_result(result))


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


class ReadOnlyAdmin(_ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Rows that the portal writes: shown, never added, edited or deleted."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Lead to the pages that people read."""
        return PageList

    def view_on_site(self, obj: Any) -> str | None:
        """Lead to the row's own page, where it has one."""
        address = getattr(obj, "get_absolute_url", None)
        return address() if address else None

    @admin.display(description="state", ordering="state")
    def coloured_state(self, obj: Any) -> SafeString:
        """Show the state with its colour."""
        return coloured(getattr(obj, "get_state_display", lambda: obj.state)())


class ReadOnlyInline(_ReadOnly, TabularInline):  # type: ignore[misc]
    """Rows shown below their parent, never edited."""

    extra = 0


def coloured(state: str) -> SafeString:
    """Show a state as every page does."""
    return format_html(
        '<span class="p-badge is-{}">{}</span>', tone(state), state.replace("_", " ").lower()
    )
