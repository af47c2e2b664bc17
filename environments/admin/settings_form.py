"""The form of an environment: a field for each setting, empty where the default is to hold."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from environments.models import Environment
from environments.settings.fields import Setting
from environments.settings.rules import EnvironmentSettings
from environments.settings.schema import SECTIONS, SETTINGS
from environments.settings.second_admin import removed_checks
from portal.audit.verbs import Verb
from portal.lib.canonical import digest
from portal.lib.refusal import Refused

PREFIX = "setting_"
KEPT = [
    "slug",
    "name",
    "position",
    "prefix",
    "owner",
    "cost_center",
    "protected",
    "home_region",
    "dr_region",
]
WORDS = {True: "yes", False: "no"}
SHORT = {"cidr": "CIDR", "vcn": "VCN", "lb": "load balancer", "cors": "CORS", "db": "database"}
SHORT |= {"mbps": "Mbps", "ms": "in ms", "cpu": "CPU", "dns": "DNS", "ocpus": "OCPUs"}
SHORT |= {"ocpu": "OCPU", "gb": "GB", "url": "URL", "api": "API", "https": "HTTPS"}


def field_name(setting: str) -> str:
    """Return how the form calls a setting; some settings share a name with a field of the model."""
    return f"{PREFIX}{setting}"


def label(setting: str) -> str:
    """Return a setting's name as words."""
    words = " ".join(SHORT.get(word, word) for word in setting.split("_"))
    return words[0].upper() + words[1:]


def field_for(name: str, rule: Setting) -> forms.Field:
    """Return the form's field for a setting, by the type of its default."""
    about: dict[str, Any] = {
        "required": False,
        "label": label(name),
        "help_text": f"{rule.meaning} {_defaults(rule)}",
    }
    if isinstance(rule.default, bool):
        choices = [("", "default"), ("true", "yes"), ("false", "no")]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(), **about)
    if isinstance(rule.default, int):
        return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget(), **about)
    if isinstance(rule.default, (list, dict)):
        return forms.CharField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), **about)
    return forms.CharField(widget=UnfoldAdminTextInputWidget(), **about)


def _defaults(rule: Setting) -> str:
    special = [
        (word, value)
        for word, value in (("stage", rule.stage), ("prod", rule.prod))
        if value is not None
    ]
    besides = "".join(f", {word} {_as_words(value)}" for word, value in special)
    return f"Default: {_as_words(rule.default)}{besides}."


def _as_words(value: Any) -> str:
    if isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, (list, dict)):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value != "" else "none"


def to_text(value: Any) -> Any:
    """Return a stored value as its field contains it."""
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return json.dumps(value, indent=2) if isinstance(value, (list, dict)) else value


def to_value(rule: Setting, typed: Any) -> Any:
    """Return typed text as the value to store; the rule refuses what is not JSON."""
    if isinstance(rule.default, bool):
        return typed == "true"
    if isinstance(rule.default, list) and not str(typed).lstrip().startswith(("[", "{")):
        return [line.strip() for line in str(typed).splitlines() if line.strip()]
    if isinstance(rule.default, (list, dict)):
        try:
            return json.loads(typed)
        except ValueError:
            return typed
    return typed


class BaseEnvironmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is the same for every list of settings; the fields of the settings are added below."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput())
    actor = ""  # who fills it in, as audit rows name them
    requested_by = ""  # the first admin, when this is the second who removes checks
    values: dict[str, Any]  # what `environment.change_settings` takes, once the form is valid

    class Meta:
        model = Environment
        fields = KEPT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.settings or {}
        self.initial["seen"] = digest(stored)
        for name, rule in SETTINGS.items():
            default = _as_words(rule.for_position(self.instance.position or 1))
            self.fields[field_name(name)].widget.attrs["placeholder"] = default
            if name in stored:
                self.initial[field_name(name)] = to_text(stored[name])

    def clean(self) -> dict[str, Any]:
        """Check all settings together; each broken rule is named at its field."""
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and cleaned.get("seen") and cleaned["seen"] != digest(self._stored()):
            raise ValidationError(
                "Somebody else changed these settings while you edited them; nothing was saved. "
                "Open the page again and repeat."
            )
        typed = {name: cleaned.get(field_name(name)) for name in SETTINGS}
        self.values = {
            name: to_value(SETTINGS[name], text)
            for name, text in typed.items()
            if text not in (None, "")
        }
        position = cleaned.get("position") or self.instance.position or 1
        others = self.instance.settings_to_check().others
        chosen = EnvironmentSettings(self.values, position, others)
        self._check_second_admin(chosen, protected=bool(cleaned.get("protected")))
        for problem in [*chosen.problems(), *self.instance.fixed_problems(chosen)]:
            name = problem.field
            self.add_error(field_name(name) if name in SETTINGS else None, str(problem))
        return cleaned

    def _check_second_admin(self, chosen: EnvironmentSettings, *, protected: bool) -> None:
        """Keep a change that removes checks until another admin enters it too."""
        environment = self.instance
        if not environment.pk or not environment.protected or chosen.problems():
            return
        before = environment.chosen_settings
        fewer = removed_checks(before, chosen, stays_protected=protected)
        try:
            if fewer:
                act = environment.act(Verb.ENVIRONMENT_CHANGED)
                self.requested_by = environment.require_second_admin(
                    fewer, actor=self.actor, act=act
                )
        except Refused as refusal:
            environment.ask_second_admin(fewer, actor=self.actor)
            self.add_error(None, f"{refusal.message} {refusal.next_step}")

    def _stored(self) -> Any:
        return Environment.objects.values_list("settings", flat=True).get(pk=self.instance.pk)


EnvironmentForm = type(
    "EnvironmentForm",
    (BaseEnvironmentForm,),
    {field_name(name): field_for(name, rule) for name, rule in SETTINGS.items()},
)
FIELDSETS = [
    (title, {"fields": [field_name(name) for name in section]})
    for title, section in SECTIONS.items()
    if section
]
