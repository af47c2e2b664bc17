"""The admin page of API tokens: make one, see its secret once, revoke it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from portal.accounts.access import fresh_required
from portal.accounts.refusals import actor_of
from portal.acts.admin import ActsMixin
from portal.acts.spec import TokenScope
from portal.admin import ReadOnlyAdmin
from portal.api.models import LONGEST_DAYS, ApiToken
from portal.lib.clock import now

HELP = (
    "It acts for you, never with more than your roles allow at that moment. "
    "read: everything but the audit trail. audit: the audit trail. "
    "deploy: plan, apply, request, deploy, roll back, jobs, incidents. "
    "approve: decide on releases and destructions. "
    "admin: destroy, accept drift, abandon; with deploy also what only admins deploy or apply."
)


class NewToken(forms.ModelForm):  # type: ignore[type-arg]
    """What a new token needs."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.value) for scope in TokenScope],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=HELP,
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes", "expires_at")

    def clean_expires_at(self) -> Any:
        """Keep tokens short-lived."""
        value = self.cleaned_data["expires_at"]
        if not now() < value <= now() + timedelta(days=LONGEST_DAYS):
            raise ValidationError(f"A token expires in the future and within {LONGEST_DAYS} days.")
        return value


@admin.register(ApiToken)
class ApiTokenAdmin(ActsMixin, ReadOnlyAdmin):
    """Tokens are created and revoked; nothing of one is ever changed."""

    list_display = (
        "name",
        "owner",
        "scope_list",
        "token_state",
        "hint",
        "expires_at",
        "last_used_at",
    )
    list_select_related = ("owner",)
    show_full_result_count = False
    form = NewToken

    def has_view_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Let admins read."""
        return ApiToken.can_manage(request.user)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Let admins create tokens."""
        return ApiToken.can_manage(request.user)

    @method_decorator(fresh_required)
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Take a fresh sign-in: what is made here outlives the session."""
        one_button = {"show_save_and_continue": False, "show_save_and_add_another": False}
        answer: HttpResponseBase = super().add_view(
            request, form_url, {**(extra_context or {}), **one_button}
        )
        return answer

    def save_model(self, request: HttpRequest, obj: ApiToken, form: NewToken, change: bool) -> None:
        """Create the token for the person who asks: with a secret for somebody else they
        could act as that person.
        """
        made, request.META["portal.new_secret"] = ApiToken.create(
            **form.cleaned_data, owner=request.user, by=actor_of(request)
        )
        obj.pk = made.pk

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret in the answer itself: a redirect would have to keep it somewhere."""
        frame = self.admin_site.each_context(request)
        context = {
            **frame,
            "token": ApiToken.objects.get(pk=obj.pk),
            "secret": request.META.pop("portal.new_secret"),
        }
        return render(request, "audit/token_created.html", context)

    def log_addition(self, request: HttpRequest, obj: ApiToken, message: Any) -> None:
        """Leave it to the audit trail."""

    @admin.display(description="scopes")
    def scope_list(self, token: ApiToken) -> str:
        """Return the scopes as words."""
        return ", ".join(token.scopes)

    @admin.display(description="state")
    def token_state(self, token: ApiToken) -> str:
        """Return the state."""
        return token.state
