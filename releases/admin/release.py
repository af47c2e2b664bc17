"""Releases in the admin: read only, with the decisions as actions that show first what they will do."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from unfold.admin import TabularInline

from environments.admin.records import EvidenceAdmin
from portal.accounts.access import fresh_required
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.lib.refusal import Refused
from releases.approvals import decide
from releases.deployment import dispatch
from releases.models import Approval, Release


class ApprovalInline(TabularInline):  # type: ignore[misc]
    """Who agreed: shown, never edited."""

    model = Approval
    extra = 0
    fields = readonly_fields = ["approver", "approved_at", "comment", "digest"]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody: approving is an act, not a row."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Release)
class ReleaseAdmin(EvidenceAdmin):
    """Every request; deciding asks the same predicates as the release's own page."""

    list_display = ["version", "environment", "standing", "needed", "requested_by", "requested_at", "git_sha"]
    list_filter = ["environment__slug", "state"]
    list_select_related = ["environment", "requested_by"]
    search_fields = ["version", "git_sha", "api_digest", "worker_digest"]
    inlines = [ApprovalInline]
    actions = ["approve", "deny", "deploy"]

    def view_on_site(self, obj: Release) -> str:
        """Lead to the release's page."""
        return obj.get_absolute_url()

    def has_decide_permission(self, request: SignedInRequest) -> bool:
        """Show the actions to those who may decide on somebody's release."""
        return Release.can_request(request.user)

    @admin.action(description="Approve", permissions=["decide"])
    def approve(self, request: SignedInRequest, queryset: QuerySet[Release]) -> HttpResponseBase | None:
        """Agree to the plans that the confirmation showed."""

        def act(release: Release) -> None:
            decide.approve(release.pk, request.user, digest=request.POST.get(f"digest-{release.pk}", ""))

        return self._confirmed(request, queryset, "approve", act)

    @admin.action(description="Deny", permissions=["decide"])
    def deny(self, request: SignedInRequest, queryset: QuerySet[Release]) -> HttpResponseBase | None:
        """Turn the requests down, for one reason."""

        def act(release: Release) -> None:
            decide.deny(release.pk, request.user, reason=request.POST.get("reason", ""))

        return self._confirmed(request, queryset, "deny", act)

    @admin.action(description="Deploy", permissions=["decide"])
    def deploy(self, request: SignedInRequest, queryset: QuerySet[Release]) -> HttpResponseBase | None:
        """Start the deployments of approved releases."""

        def act(release: Release) -> None:
            with transaction.atomic():
                dispatch.deploy(decide.locked(release.pk), request.user)

        return self._confirmed(request, queryset, "deploy", act)

    def _confirmed(
        self, request: SignedInRequest, queryset: QuerySet[Release], verb: str, act: Callable[[Release], None]
    ) -> HttpResponseBase | None:
        """Show what the act would do; do it when that page was confirmed, and tell of each release how it went."""
        chosen = list(queryset.select_related("environment", "requested_by"))
        if "confirmed" not in request.POST:
            return self._confirmation(request, chosen, verb)

        def carry_out(request: SignedInRequest) -> HttpResponse:
            for release in chosen:
                _do(request, release, verb, act)
            return HttpResponse()

        fresh_required(carry_out)(request)
        return None

    def _confirmation(self, request: SignedInRequest, chosen: list[Release], verb: str) -> HttpResponse:
        context: dict[str, Any] = {**self.admin_site.each_context(request), "releases": chosen, "verb": verb}
        if len({release.environment_id for release in chosen}) == 1:
            context["environment"] = chosen[0].environment  # for its colour band
        return render(request, "releases/admin_confirm.html", context)


def _do(request: SignedInRequest, release: Release, verb: str, act: Callable[[Release], None]) -> None:
    """Act on one release; a refusal is told and recorded, and the others go on."""
    try:
        act(release)
    except Refused as error:
        note(request, error)
        messages.error(request, str(error))
    else:
        messages.success(request, f"{verb.capitalize()}: {release}.")
