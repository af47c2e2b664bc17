"""Taking a difference over: the settings change so that they want what is there. OCI is not touched."""

from typing import Any

from django.db import transaction

from environments.adoption.kept import as_kept
from environments.blueprint.infer import BESIDES, with_settings
from environments.blueprint.whole import draft
from environments.desired import Desired
from environments.models import Deviation, Environment
from environments.reconcile.planning import order_of
from environments.settings.rules import problems
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.lib.canonical import canonical
from portal.lib.refusal import Invalid, Refused


@transaction.atomic
def take_over(deviation: Deviation, *, actor: str) -> Environment:
    """Change the settings as the difference asks; who may is asked by the caller, with `can_take_over`."""
    environment = Environment.objects.select_for_update().get(pk=deviation.environment_id)
    row = Deviation.objects.select_for_update().get(pk=deviation.pk)
    about = {"verb": Verb.DRIFT_TAKEN_OVER, "subject": f"resource:{row.key}", "environment": environment.slug}
    if row.closed_at is not None or row.taken_over_by:
        raise Refused(f"{row} is no difference any more.", next_step="Look for drift again.", **about)
    if not row.settings:
        raise Refused(f"{row} cannot be taken over: {row.not_a_setting or 'no setting decides it'}", next_step=BACK, **about)
    changed = set_to(environment, row.settings, about)
    row.was_taken_over(actor)
    detail = {"field": row.field, "settings": changed, "found_made_by": row.who}
    record(Verb.DRIFT_TAKEN_OVER, actor=actor, subject=f"resource:{row.key}", environment=environment.slug, detail=detail)
    return environment


def set_to(environment: Environment, settings: dict[str, Any], about: dict[str, str]) -> dict[str, Any]:
    """Give the environment these settings, owner or cost centre; return the old and the new values."""
    before = {name: _value(environment, name) for name in settings}
    plain = {name: value for name, value in settings.items() if name in BESIDES}
    merged = {**environment.settings, **{name: value for name, value in settings.items() if name not in plain}}
    wrong = problems(merged)
    if wrong:
        raise Invalid(f"The settings would not fit together: {'; '.join(wrong)}.", next_step=BACK, **about)
    environment.take_settings(merged, **plain)
    return {name: {"before": before[name], "after": value} for name, value in settings.items()}


def effect(environment: Environment, settings: dict[str, Any]) -> list[str]:
    """Return the keys of everything that is wanted otherwise with these settings."""
    order, kept = order_of(environment), environment.adoptions.kept()
    before = {want.key: _text(want) for want in as_kept(draft(order), kept)}
    after = {want.key: _text(want) for want in as_kept(draft(with_settings(order, settings)), kept)}
    return [key for key in {**before, **after} if before.get(key) != after.get(key)]


def _value(environment: Environment, name: str) -> Any:
    return getattr(environment, name) if name in BESIDES else environment.setting(name)


def _text(want: Desired) -> bytes:
    return canonical(want.as_json())


BACK = "Put it back with a plan, or change the settings on the environment's admin page."
