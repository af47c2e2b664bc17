"""Broken glass in the admin: what was deployed without asking, and what a second person found."""

from django.contrib import admin

from environments.admin.records import EvidenceAdmin
from releases.models import FreezeOverride, Review


@admin.register(Review)
class ReviewAdmin(EvidenceAdmin):
    """Every review; it is closed on its own page."""

    list_display = ["release", "environment", "standing", "actor", "opened_at", "reviewer", "closed_at"]
    list_filter = ["environment__slug"]
    list_select_related = ["environment", "release__environment", "actor", "reviewer"]

    def view_on_site(self, obj: Review) -> str:
        """Lead to the review's page."""
        return obj.get_absolute_url()


@admin.register(FreezeOverride)
class FreezeOverrideAdmin(EvidenceAdmin):
    """Every release that went in spite of a freeze."""

    list_display = ["release", "freeze", "by", "at", "reason"]
    list_filter = ["release__environment__slug"]
    list_select_related = ["release__environment", "by"]
