"""The admin page of API tokens: make one, see its secret once, revoke it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from portal.accounts.access import fresh_required
from portal.accounts.models import User
from portal.api.models import LONGEST_DAYS, ApiToken
from portal.api.scopes import Scope
from portal.lib.clock import now
from portal.lib.refusal import Forbidden


class NewToken(forms.ModelForm):  # type: ignore[type-arg]
    """What a token needs at birth."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.value) for scope in Scope],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="It acts for you, never with more than you hold at that moment. Give it what the program needs, no more.",
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
class ApiTokenAdmin(ModelAdmin):  # type: ignore[misc]
    """Tokens are made and revoked; nothing of one is ever changed."""

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
    actions = ("revoke",)
    form = NewToken

    def has_view_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Let admins look."""
        return ApiToken.can_manage(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let admins make tokens."""
        return ApiToken.can_manage(request.user)

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Let nobody change one; the list's actions ask for themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """Let nobody delete one: audit rows name it."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Let admins revoke."""
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
        """Make the token, for whoever makes it: a secret made for somebody else would be a way to be that person."""
        made, request.META["portal.new_secret"] = ApiToken.create(
            **form.cleaned_data, owner=request.user, by=actor(request)
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

    @admin.action(description="Revoke the selected tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Revoke each."""
        for token in queryset:
            token.revoke(actor(request))
        self.message_user(
            request, "The tokens are revoked: the next request with one of them is refused."
        )

    @admin.display(description="scopes")
    def scope_list(self, token: ApiToken) -> str:
        """Return the scopes as words."""
        return ", ".join(token.scopes)

    @admin.display(description="state")
    def token_state(self, token: ApiToken) -> str:
        """Return the state."""
        return token.state


def actor(request: HttpRequest) -> str:
    """Return who acts."""
    if not isinstance(request.user, User):
        raise Forbidden("Sign in first.")
    return request.user.actor
