"""Deployments in the admin: read only."""

from django.contrib import admin

from environments.admin.records import EvidenceAdmin
from releases.models import Deployment


@admin.register(Deployment)
class DeploymentAdmin(EvidenceAdmin):
    """What ran where, from when to when."""

    list_display = ["__str__", "environment", "standing", "started_at", "live_at", "ended_at"]
    list_filter = ["environment__slug", "state"]
    list_select_related = ["environment", "release", "release__environment"]
    search_fields = ["release__version"]
