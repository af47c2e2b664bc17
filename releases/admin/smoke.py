"""Smoke tests in the admin: the steps are edited by admins, the runs are read only."""

import hashlib
import json
import re
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from environments.admin.evidence import EvidenceAdmin
from portal.accounts.refusals import actor_of
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.lib.clock import now
from releases.models import SmokeRun, SmokeTest

_FLAT_LIST = re.compile(r"\[[^][{}]*\]")  # a list without lists or objects in it fits on one line
_EDGE, _COMMA = re.compile(r"(?<=\[)\n *|\n *(?=\])"), re.compile(r",\n *")  # inside a JSON text no line breaks


def readable(steps: Any) -> str:
    """Return the steps as JSON with short lists on one line."""
    text = json.dumps(steps, indent=2, ensure_ascii=False)
    return _FLAT_LIST.sub(lambda found: _COMMA.sub(", ", _EDGE.sub("", found[0])), text)


class StepsField(forms.JSONField):
    """JSON that a person can read while editing."""

    def prepare_value(self, value: Any) -> Any:
        """Break the lines of what is stored; leave what was typed as it is."""
        return value if isinstance(value, str) else readable(value)


class SmokeTestForm(forms.ModelForm):  # type: ignore[type-arg]
    """The steps as text."""

    steps = StepsField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 40, "spellcheck": "false"}))

    class Meta:
        model = SmokeTest
        fields = ["steps"]


@admin.register(SmokeTest)
class SmokeTestAdmin(ModelAdmin):  # type: ignore[misc]
    """One test per environment; wrong steps are refused by naming the field and the rule."""

    form = SmokeTestForm
    list_display = ["environment", "changed_at", "changed_by"]
    list_select_related = ["environment", "changed_by"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: every environment gets its test when it is first asked for."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: SmokeTest | None = None) -> bool:
        """Let those edit who may."""
        return SmokeTest.can_edit(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: SmokeTest | None = None) -> bool:
        """Nobody: a deployment without a test would go unchecked."""
        return False

    def save_model(self, request: HttpRequest, obj: SmokeTest, form: Any, change: bool) -> None:
        """Save, and say in the audit trail who changed what is tested."""
        before = SmokeTest.objects.values_list("steps", flat=True).get(pk=obj.pk)
        obj.changed_by, obj.changed_at = request.user, now()  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
        detail = {"before": _fingerprint(before), "after": _fingerprint(obj.steps), "steps": len(obj.steps)}
        slug = obj.environment.slug
        record(Verb.SMOKE_TEST_CHANGED, actor=actor_of(request), subject=f"smoke_test:{slug}", environment=slug, detail=detail)


@admin.register(SmokeRun)
class SmokeRunAdmin(EvidenceAdmin):
    """Every run, with each step."""

    list_display = ["__str__", "environment", "words", "started_at", "ended_at"]
    list_filter = ["environment__slug", "passed"]

    def view_on_site(self, obj: SmokeRun) -> str:
        """Lead to the run's page."""
        return obj.get_absolute_url()


def _fingerprint(steps: Any) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()
