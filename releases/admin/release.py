"""Releases, bundles and holds in the admin: read only, with their acts."""

from django.contrib import admin

from environments.admin.records import EnvironmentRecordAdmin
from portal.admin import ReadOnlyInline
from releases.models import Approval, Bundle, Hold, Release


class ApprovalInline(ReadOnlyInline):
    """Who agreed: approving is an act, not a row."""

    model = Approval
    fields = readonly_fields = ["approver", "approved_at", "comment", "digest"]


@admin.register(Release)
class ReleaseAdmin(EnvironmentRecordAdmin):
    """Every request."""

    list_display = [
        "version",
        "environment",
        "coloured_state",
        "needed",
        "requested_by",
        "requested_at",
        "git_sha",
    ]
    list_filter = ["environment__slug", "state"]
    list_select_related = ["environment", "requested_by"]
    search_fields = ["version", "git_sha", "api_digest", "worker_digest"]
    inlines = [ApprovalInline]


@admin.register(Bundle)
class BundleAdmin(EnvironmentRecordAdmin):
    """Every build of the frontend that was uploaded."""

    list_display = ["__str__", "environment", "size", "api_origin", "uploaded_by", "uploaded_at"]
    list_select_related = ["environment", "uploaded_by"]
    search_fields = ["label", "digest"]


@admin.register(Hold)
class HoldAdmin(EnvironmentRecordAdmin):
    """What held an environment after a rollback, and who lifted it why."""

    list_display = ["environment", "reason", "placed_by", "lifted_by", "lifted_at"]
    list_select_related = ["environment", "lifted_by"]
