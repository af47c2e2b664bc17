"""Webhooks, on-call rotas and the outbox of notifications in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from portal.accounts.access import fresh_required
from portal.accounts.refusals import actor_of
from portal.acts.admin import ActsMixin
from portal.admin import ReadOnlyAdmin, coloured
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.tables import environment_slugs
from portal.notifications.addresses import LONGEST, problem_of_address
from portal.notifications.kinds import KINDS
from portal.notifications.models import Notice, Rota, RotaMember, RotaOverride, Webhook


def environment_choices() -> list[tuple[str, str]]:
    """Return the short names of the environments, for a select."""
    return [(slug, slug) for slug in environment_slugs()]


class NewWebhook(forms.ModelForm):  # type: ignore[type-arg]
    """What a new webhook needs."""

    environment = forms.ChoiceField(choices=environment_choices, widget=UnfoldAdminSelectWidget)
    address = forms.CharField(
        max_length=LONGEST,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="It is stored encrypted and not shown again. Its host must be in NOTIFY_HOSTS.",
    )
    kinds = forms.MultipleChoiceField(
        choices=[(kind.name, kind.title) for kind in KINDS.values()],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What is posted; everything when none is ticked.",
    )

    class Meta:
        model = Webhook
        fields = ("environment", "name", "format", "address", "kinds")

    def clean_address(self) -> str:
        """Refuse an address to which nothing may be posted."""
        address: str = self.cleaned_data["address"]
        if problem := problem_of_address(address):
            raise forms.ValidationError(problem[0].upper() + problem[1:])
        return address


@admin.register(Webhook)
class WebhookAdmin(ActsMixin, ReadOnlyAdmin):
    """Webhooks are added, tested and turned off; nothing of one is ever changed."""

    list_display = ("name", "environment", "format", "masked", "shown_condition", "problem")
    list_filter = ("environment", "format")
    search_fields = ("name", "host")
    form = NewWebhook
    exclude = ("address_encrypted", "key_encrypted")

    def has_view_permission(self, request: HttpRequest, obj: Webhook | None = None) -> bool:
        """Let admins read."""
        return Webhook.can_manage(request.user)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Let admins add webhooks."""
        return Webhook.can_manage(request.user)

    def get_fields(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        """Ask for the address once; show it masked."""
        if obj is None:
            return NewWebhook.Meta.fields
        shown = ("environment", "name", "format", "masked", "kinds", "created_by", "created_at")
        return (*shown, "last_ok_at", "problem", "turned_off_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        """Let nothing of an existing one be edited."""
        return self.get_fields(request, obj) if obj else ()

    @method_decorator(fresh_required)
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Take a fresh sign-in: what is posted there leaves the portal."""
        one_button = {"show_save_and_continue": False, "show_save_and_add_another": False}
        answer: HttpResponseBase = super().add_view(
            request, form_url, {**(extra_context or {}), **one_button}
        )
        return answer

    def save_model(
        self, request: HttpRequest, obj: Webhook, form: NewWebhook, change: bool
    ) -> None:
        """Let the model add it."""
        made, request.META["portal.new_secret"] = Webhook.create(
            request.user,  # type: ignore[arg-type]
            **form.cleaned_data,
        )
        obj.pk = made.pk

    def response_add(
        self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the key in the answer itself: a redirect would have to keep it somewhere."""
        context = {
            **self.admin_site.each_context(request),
            "webhook": Webhook.objects.get(pk=obj.pk),
            "key": request.META.pop("portal.new_secret"),
        }
        return render(request, "notifications/webhook_added.html", context)

    def log_addition(self, request: HttpRequest, obj: Webhook, message: Any) -> None:
        """Leave it to the audit trail."""

    @admin.display(description="address")
    def masked(self, webhook: Webhook) -> str:
        """Return the address without its secret part."""
        return webhook.masked

    @admin.display(description="state")
    def shown_condition(self, webhook: Webhook) -> SafeString:
        """Show whether it works."""
        return coloured(webhook.condition)


class MemberInline(TabularInline):  # type: ignore[misc]
    """The people of a rota, in their order."""

    model = RotaMember
    verbose_name, verbose_name_plural = "person", "people, each for a week"
    extra = 1
    autocomplete_fields = ["user"]


class OverrideInline(TabularInline):  # type: ignore[misc]
    """Who takes over when."""

    model = RotaOverride
    verbose_name, verbose_name_plural = "override", "overrides (times in UTC)"
    extra = 0
    autocomplete_fields = ["user"]


class RotaForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rota of an environment that exists."""

    environment = forms.ChoiceField(choices=environment_choices, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Rota
        fields = ("environment", "zone", "first_day", "hour")


@admin.register(Rota)
class RotaAdmin(ModelAdmin):  # type: ignore[misc]
    """The on-call rotas, kept by admins."""

    list_display = ("environment", "zone", "first_day", "hour")
    form = RotaForm
    inlines = (MemberInline, OverrideInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask the model."""
        return Rota.can_manage(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Rota | None = None) -> bool:
        """Ask the model."""
        return Rota.can_manage(request.user)

    has_delete_permission = has_change_permission

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Save the people too, then write what the rota is now into the audit trail."""
        super().save_related(request, form, formsets, change)
        rota: Rota = form.instance
        act = rota.act(Verb.ROTA_CHANGED)
        audit(act, actor=actor_of(request), detail=rota.described())

    def delete_model(self, request: HttpRequest, obj: Rota) -> None:
        """Write the end into the audit trail."""
        audit(obj.act(Verb.ROTA_CHANGED), actor=actor_of(request), detail={"deleted": True})
        obj.delete()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer no bulk deletion: it would pass by the audit trail."""
        return {}


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Every notice: who was told of what, whether it arrived."""

    list_display = (
        "title",
        "kind",
        "environment",
        "channel",
        "told",
        "shown_condition",
        "written_at",
        "problem",
    )
    list_filter = ("kind", "channel", "environment")
    list_select_related = ("user", "webhook")
    search_fields = ("title", "subject")
    show_full_result_count = False

    @admin.display(description="receiver")
    def told(self, notice: Notice) -> str:
        """Return the person or the webhook."""
        return str(notice.user or notice.webhook)

    @admin.display(description="state")
    def shown_condition(self, notice: Notice) -> SafeString:
        """Show whether it arrived."""
        return coloured(notice.condition)
