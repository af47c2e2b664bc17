"""The acts of a model in its admin: for one row or several, always confirmed first."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.dataclasses import UnfoldAction
from unfold.enums import ActionVariant

from portal.accounts.access import allow
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.accounts.roles import has_role
from portal.acts.spec import ActSpec
from portal.acts.table import acts_of
from portal.cloud.errors import CloudError
from portal.lib.refusal import Missing, Refused

PREFIX = "act_"


class ActsMixin(ModelAdmin):  # type: ignore[misc]
    """Offers the acts of the table on one row and on several, always confirmed first."""

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        self.acts = {spec.action: spec for spec in acts_of(model)}
        for spec in self.acts.values():
            setattr(self, PREFIX + spec.action, _row_action(self, spec))
        self.actions_row = self.actions_detail = tuple(PREFIX + action for action in self.acts)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return those for several rows that the person's role allows."""
        found: dict[str, Any] = super().get_actions(request)
        for action, spec in self.acts.items():
            if spec.bulk and not spec.own_page and has_role(request.user, *spec.roles):
                found[action] = (_bulk_action(spec), action, spec.label)
        return found

    def get_actions_row(self, request: HttpRequest) -> list[UnfoldAction]:
        """Return those of one row that the person's role allows."""
        rows: list[UnfoldAction] = super().get_actions_row(request)
        return [one for one in rows if has_role(request.user, *self._spec(one).roles)]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Return those that the person may do to this row."""
        row, rows = (
            self.get_object(request, object_id),
            super().get_actions_detail(request, object_id),
        )
        return [one for one in rows if row and self._spec(one).allowed(row, request.user)]

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Refuse in words an act that the list did not offer."""
        spec = self.acts.get(request.POST.get("action", ""))
        if spec is not None and spec.action not in self.get_actions(request):
            row = queryset.filter(pk__in=request.POST.getlist("_selected_action")[:1]).first()
            words, act = f"{spec.label.lower()} this", spec.act(row) if row else None
            allow(False, request.user, words, act)
        return super().response_action(request, queryset)

    def perform_act(
        self, request: SignedInRequest, spec: ActSpec, rows: list[Any]
    ) -> HttpResponseBase | None:
        """Show what the act would do; once confirmed, do it and report on each row."""
        for row in rows:
            spec.check_sign_in(request, row)
        if "confirmed" not in request.POST:
            return self._confirmation(request, spec, rows)
        for row in rows:
            made = _carry_out(request, spec, row)
            if isinstance(made, HttpResponseBase):
                return made
        return None

    def _confirmation(
        self, request: HttpRequest, spec: ActSpec, rows: list[Any]
    ) -> HttpResponseBase:
        carried = [
            (
                row,
                [
                    (f"{field.name}-{row.pk}", field.of_row(row))
                    for field in spec.fields
                    if field.of_row
                ],
            )
            for row in rows
        ]
        typed = [
            (f, ", ".join(n for row in rows if (n := f.expected(row))))
            for f in spec.fields
            if f.expected
        ]
        places = {
            getattr(row, "environment_id", None): getattr(row, "environment", None) for row in rows
        }
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "spec": spec,
            "rows": carried,
            "fields": [f for f in spec.fields if not f.of_row and not f.expected],
            "typed": [(field, name) for field, name in typed if name],
            "dangerous": any(spec.danger_of(row) != "none" for row in rows),
            "back": _list_of(self),
        }
        if len(places) == 1:
            context["environment"] = next(iter(places.values()))  # for its colour band
        return render(request, "portal/confirm_act.html", context)

    def _spec(self, action: UnfoldAction) -> ActSpec:
        return self.acts[action.method.action]


def _row_action(owner: ActsMixin, spec: ActSpec) -> Callable[..., HttpResponseBase]:
    def run(request: SignedInRequest, object_id: str) -> HttpResponseBase:
        row = owner.get_object(request, object_id)
        if row is None:
            raise Missing(
                f"There is no {owner.opts.verbose_name} {object_id}.",
                next_step="The list lists them all.",
            )
        allow(
            spec.allowed(row, request.user),
            request.user,
            f"{spec.label.lower()} {row}",
            spec.act(row),
        )
        if spec.own_page:
            return redirect(spec.address(row))
        return owner.perform_act(request, spec, [row]) or redirect(_after(owner, row))

    vars(run).update(
        short_description=spec.label,
        url_path=f"act/{spec.action}",
        variant=ActionVariant.DEFAULT,
        action=spec.action,
        attrs={},
    )
    return run


def _bulk_action(spec: ActSpec) -> Callable[..., HttpResponseBase | None]:
    def run(
        owner: ActsMixin, request: SignedInRequest, queryset: QuerySet[Any]
    ) -> HttpResponseBase | None:
        return owner.perform_act(request, spec, list(queryset))

    return run


def _after(owner: ActsMixin, row: Any) -> str:
    address = getattr(row, "get_absolute_url", None)
    return address() if address else _list_of(owner)


def _list_of(owner: ActsMixin) -> str:
    return f"{owner.admin_site.name}:{owner.opts.app_label}_{owner.opts.model_name}_changelist"


def _carry_out(request: SignedInRequest, spec: ActSpec, row: Any) -> Any:
    """Act on one row; a refusal is shown and audited, and the other rows go on."""
    given: dict[str, Any] = {}
    for field in spec.fields:
        value = request.POST.get(f"{field.name}-{row.pk}" if field.of_row else field.name, "")
        given[field.name] = bool(value) if field.flag else value[: field.longest]
    try:
        made = spec.carry_out(row, request.user, given)
    except Refused as error:
        note(request, error)
        messages.error(request, str(error))
    except CloudError as error:
        messages.error(request, f"{spec.label}: {row}: {error}")
    else:
        _report(request, spec, row, made)
        return made
    return None


def _report(request: HttpRequest, spec: ActSpec, row: Any, made: Any) -> None:
    words = f"{spec.label}: {row}."
    address = getattr(made, "get_absolute_url", None)
    if address and made != row:
        messages.success(request, format_html('{} <a href="{}">{}</a>', words, address(), made))
    elif not isinstance(made, HttpResponseBase):
        messages.success(request, words)
