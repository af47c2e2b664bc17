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
from portal.jobs.models import ChangeFreeze, Job, Worker
from portal.jobs.states import ACTIVE, JobState

BY_THE_PORTAL = Q(actor__startswith="system:")


class StatusFilter(admin.SimpleListFilter):
    """The questions that operators ask of the list."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return the choices."""
        return [
            ("active", "active"),
            ("parked", "needs an operator"),
            ("stuck", "stuck (should be none)"),
            ("failed", "failed"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        match self.value():
            case "active":
                return queryset.filter(state__in=ACTIVE)
            case "parked":
                return queryset & Job.objects.parked()
            case "stuck":
                return queryset & Job.objects.stuck()
            case "failed":
                return queryset.filter(state=JobState.FAILED)
            case _:
                return queryset


class OriginFilter(admin.SimpleListFilter):
    """Leaves out what the portal started by itself and what succeeded, unless asked for."""

    title = "started by"
    parameter_name = "routine"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("all", "everybody"), ("only", "the portal")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        default, *others = super().choices(changelist)
        yield {**default, "display": "people, or needing people"}  # Django would call it "all"
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        match self.value():
            case "all":
                return queryset
            case "only":
                return queryset.filter(BY_THE_PORTAL)
            case _:
                return queryset.exclude(BY_THE_PORTAL, state=JobState.SUCCEEDED)


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
    list_filter = [OriginFilter, StatusFilter, "environment", "kind"]
    search_fields = ["title", "actor", "reason"]
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description="job", ordering="title")
    def page(self, obj: Job) -> SafeString:
        return format_html('<a href="{}">{}</a>', obj.get_absolute_url(), obj.title)


@admin.register(ChangeFreeze)
class ChangeFreezeAdmin(ActsMixin, ReadOnlyAdmin):
    """What is frozen and was, with the act that lifts it."""

    list_display = ["place", "reason", "started_by", "started_at", "lifted_at", "lifted_by"]
    list_filter = ["environment"]
    search_fields = ["reason", "lifted_because"]


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    """The workers, and when each was last seen."""

    list_display = ["name", "started_at", "swept_at", "rung_at", "slots", "busy"]
    list_display_links = None
