"""Deployments in the admin: read only, with their acts."""

from django.contrib import admin

from environments.admin.records import EnvironmentRecordAdmin
from releases.models import Deployment


@admin.register(Deployment)
class DeploymentAdmin(EnvironmentRecordAdmin):
    """What ran where, from when to when."""

    list_display = ["__str__", "environment", "coloured_state", "started_at", "live_at", "ended_at"]
    list_filter = ["environment__slug", "state"]
    list_select_related = ["environment", "release", "release__environment"]
    search_fields = ["release__version"]
