"""Deployments without approval, and releases deployed in spite of a freeze, in the admin."""

from django.contrib import admin

from environments.admin.records import EnvironmentRecordAdmin
from releases.models import FreezeOverride, Review


@admin.register(Review)
class ReviewAdmin(EnvironmentRecordAdmin):
    """Every review of a deployment without approval."""

    list_display = [
        "release",
        "environment",
        "coloured_state",
        "actor",
        "opened_at",
        "reviewer",
        "closed_at",
    ]
    list_filter = ["environment__slug"]
    list_select_related = ["environment", "release__environment", "actor", "reviewer"]


@admin.register(FreezeOverride)
class FreezeOverrideAdmin(EnvironmentRecordAdmin):
    """Every release that went in spite of a freeze."""

    list_display = ["release", "freeze", "by", "at", "reason"]
    list_filter = ["release__environment__slug"]
    list_select_related = ["release__environment", "by"]
