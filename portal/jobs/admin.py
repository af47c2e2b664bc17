"""Jobs in the admin: read only, with their acts."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.acts.admin import ActsMixin
from portal.admin import ReadOnlyAdmin
from portal.jobs.models import Job, Worker
from portal.jobs.states import ACTIVE, State


class StandingFilter(admin.SimpleListFilter):
    """The questions that operators ask of the list."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [
            ("active", "active"),
            ("parked", "needs an operator"),
            ("stuck", "stuck (should be none)"),
            ("failed", "failed"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Narrow the list."""
        match self.value():
            case "active":
                return queryset.filter(state__in=ACTIVE)
            case "parked":
                return queryset & Job.objects.parked()
            case "stuck":
                return queryset & Job.objects.stuck()
            case "failed":
                return queryset.filter(state=State.FAILED)
            case _:
                return queryset


class RoutineFilter(admin.SimpleListFilter):
    """What the portal started by itself: left out of the list when it succeeded, unless asked for."""

    title = "started by"
    parameter_name = "routine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices beside the default."""
        return [("all", "everything"), ("only", "the portal by itself")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Call the default by its name: it is not everything."""
        default, *others = super().choices(changelist)
        yield {**default, "display": "people, and what needs them"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Narrow the list."""
        match self.value():
            case "all":
                return queryset
            case "only":
                return queryset.filter(BY_ITSELF)
            case _:
                return queryset.exclude(BY_ITSELF, state=State.SUCCEEDED)


BY_ITSELF = Q(actor__startswith="system:")


@admin.register(Job)
class JobAdmin(ActsMixin, ReadOnlyAdmin):
    """Every job."""

    list_display = [
        "page",
        "environment",
        "coloured_state",
        "actor",
        "created_at",
        "ended_at",
        "reason",
    ]
    list_display_links = None
    list_filter = [RoutineFilter, StandingFilter, "environment", "kind"]
    search_fields = ["title", "actor", "reason"]
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description="job", ordering="title")
    def page(self, obj: Job) -> SafeString:
        """Lead to the job's page."""
        return format_html('<a href="{}">{}</a>', obj.get_absolute_url(), obj.title)


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    """The workers, and when each was last seen."""

    list_display = ["name", "started_at", "swept_at", "rung_at", "slots", "busy"]
    list_display_links = None
